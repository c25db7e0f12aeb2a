import FoundationEssentials

/// The place in the list that a `start_token` stands for: base64 of `{"job_id", "user_id", "request_time"}` of the last
/// job read, as HyP3 makes it. Used as a hint only; a token of another form gives none.
enum StartToken {
    private struct Place: Decodable {
        let requestTime: String

        enum CodingKeys: String, CodingKey {
            case requestTime = "request_time"
        }
    }

    static func requestTime(_ token: String) -> Date? {
        guard let data = Data(base64Encoded: token),
            let place = try? JSONDecoder().decode(Place.self, from: data)
        else { return nil }
        return try? RFC3339.date(place.requestTime)
    }
}
