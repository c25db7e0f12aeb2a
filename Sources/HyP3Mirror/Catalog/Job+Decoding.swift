import FoundationEssentials

/// A job of a page that could not be read, and was left out.
package struct UnreadableJob: Sendable, Hashable {
    /// nil where not even that could be read.
    package let jobID: String?
    /// One clause for people.
    package let reason: String

    package init(jobID: String?, reason: String) {
        self.jobID = jobID
        self.reason = reason
    }
}

/// The element of `jobs`: decoding it never throws, so that a bad job does not cost its page.
struct WireJob: Decodable {
    let result: Result<Job, UnreadableJobError>

    /// Names of the job parameters to keep, as `Set<String>` in the decoder's `userInfo`.
    static let parameterNames = CodingUserInfoKey(rawValue: "parameterNames")

    struct UnreadableJobError: Error {
        let job: UnreadableJob
    }

    private enum Key: String, CodingKey {
        case jobID = "job_id"
        case jobType = "job_type"
        case name
        case statusCode = "status_code"
        case requestTime = "request_time"
        case expirationTime = "expiration_time"
        case files
        case jobParameters = "job_parameters"
    }

    init(from decoder: any Decoder) {
        var id: String?
        do {
            let fields = try decoder.container(keyedBy: Key.self)
            let jobID = try fields.decode(String.self, forKey: .jobID)
            id = jobID
            self.result = .success(try Self.job(id: jobID, fields: fields, decoder: decoder))
        } catch {
            let unreadable = UnreadableJob(jobID: id, reason: Self.reason(error))
            self.result = .failure(UnreadableJobError(job: unreadable))
        }
    }

    private static func job(
        id: String,
        fields: KeyedDecodingContainer<Key>,
        decoder: any Decoder
    ) throws -> Job {
        guard !id.isEmpty else { throw InvalidValue("job_id is empty") }
        let requested = try fields.decode(String.self, forKey: .requestTime)
        guard let requestTime = try? RFC3339.date(requested) else {
            throw InvalidValue("request_time is \(ConfigurationError.quoted(requested)), which is no time")
        }
        let names = Self.parameterNames.flatMap { decoder.userInfo[$0] as? Set<String> } ?? []
        return Job(
            id: id,
            type: try fields.decode(String.self, forKey: .jobType),
            name: try fields.decodeIfPresent(String.self, forKey: .name),
            status: Job.Status(code: try fields.decode(String.self, forKey: .statusCode)),
            requestTime: requestTime,
            expiration: Self.expiration(try? fields.decodeIfPresent(String.self, forKey: .expirationTime)),
            files: try fields.decodeIfPresent([WireFile].self, forKey: .files)?.map(\.file) ?? [],
            templateParameters: names.isEmpty ? [:] : Self.parameters(names, fields: fields)
        )
    }

    /// HyP3 writes "never" as a date far ahead (2120, or a year from 3000 on).
    private static func expiration(_ text: String?) -> Date? {
        guard let text, let date = try? RFC3339.date(text) else { return nil }
        return date < Date(timeIntervalSince1970: 4_102_444_800) ? date : nil
    }

    private struct ParameterKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static func parameters(
        _ names: Set<String>,
        fields: KeyedDecodingContainer<Key>
    ) -> [String: String?] {
        guard let object = try? fields.nestedContainer(keyedBy: ParameterKey.self, forKey: .jobParameters) else {
            return [:]
        }
        var values: [String: String?] = [:]
        for name in names {
            let key = ParameterKey(stringValue: name)
            guard object.contains(key) else { continue }
            values.updateValue((try? object.decode(WireParameter.self, forKey: key))?.text, forKey: name)
        }
        return values
    }

    private static func reason(_ error: any Error) -> String {
        func name(_ path: [any CodingKey]) -> String {
            path.dropFirst(2).map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
        }
        switch error {
        case let error as InvalidValue: return error.advice
        case DecodingError.keyNotFound(let key, let context):
            return "\(name(context.codingPath + [key])) is missing"
        case DecodingError.valueNotFound(_, let context): return "\(name(context.codingPath)) is null"
        case DecodingError.typeMismatch(_, let context):
            let place = name(context.codingPath)
            return place.isEmpty ? "it is not an object" : "\(place) has the wrong type"
        default: return "it cannot be decoded"
        }
    }
}

/// A job parameter as text; what is neither text, number nor truth becomes a mark that no file name may hold.
private struct WireParameter: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        switch value {
        case .null: self.text = nil
        case .number(let number): self.text = Int64(exactly: number).map { String($0) } ?? String(number)
        default: self.text = value.excerpt
        }
    }
}

/// An element of `files`.
private struct WireFile: Decodable {
    let file: Job.File

    private enum Key: String, CodingKey {
        case filename
        case size
        case url
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        var size = try? fields.decodeIfPresent(Int64.self, forKey: .size)
        if size == nil, let inexact = try? fields.decodeIfPresent(Double.self, forKey: .size) {
            size = Int64(exactly: inexact.rounded())
        }
        self.file = Job.File(
            filename: try fields.decode(String.self, forKey: .filename),
            size: size.flatMap { $0 < 0 ? nil : $0 },
            url: try fields.decode(String.self, forKey: .url)
        )
    }
}

extension Job.Status {
    /// Reads `status_code`.
    package init(code: String) {
        switch code {
        case "PENDING": self = .pending
        case "RUNNING": self = .running
        case "SUCCEEDED": self = .succeeded
        case "FAILED": self = .failed
        default: self = .unknown(code)
        }
    }
}
