package import FoundationEssentials

/// Which jobs to ask HyP3 for.
package struct JobQuery: Sendable, Hashable {
    package var name: String?
    package var jobType: String?
    /// nil means the logged-in user.
    package var userID: String?
    /// First and last request time (UTC), both inclusive; nil means open.
    package var start: Date?
    package var end: Date?

    package init(
        name: String? = nil,
        jobType: String? = nil,
        userID: String? = nil,
        start: Date? = nil,
        end: Date? = nil
    ) {
        self.name = name
        self.jobType = jobType
        self.userID = userID
        self.start = start
        self.end = end
    }

    /// Whether a job was requested in the time asked for.
    package func contains(_ job: Job) -> Bool {
        let isLate = self.end.map { job.requestTime >= CivilTime($0).date.addingTimeInterval(1) } ?? false
        let isEarly = self.start.map { job.requestTime < CivilTime($0).date } ?? false
        return !isLate && !isEarly
    }

    /// `GET /jobs` of the API at `origin`. HyP3 refuses empty values, so they are left out, and takes times only with
    /// seconds and zone.
    package func url(at origin: Origin) -> HTTPURL {
        let items: [(String, String?)] = [
            ("name", self.name), ("job_type", self.jobType), ("user_id", self.userID),
            ("start", self.start.map { CivilTime($0).text }), ("end", self.end.map { CivilTime($0).text }),
        ]
        let query = items.compactMap { key, value in
            value.flatMap { $0.isEmpty ? nil : "\(key)=\(PercentEncoding.encoded($0))" }
        }
        let text = query.joined(separator: "&")
        return HTTPURL(origin: origin, path: "/jobs", query: text.isEmpty ? nil : text)
    }
}
