/// A job made by hand: what it must have is filled in, everything else as HyP3 gives it for a finished job.
package struct JobDraft: Sendable {
    package var id: String
    package var name: String? = "by-hand"
    package var type = "WATER_MAP"
    package var status = "SUCCEEDED"
    package var requestTime = CalendarTime(2026, 8, 1, 6)
    /// `expiration_time`; nil is a null.
    package var expires: CalendarTime? = CalendarTime(3_000, 1, 1)
    /// `job_parameters` as JSON.
    package var parameters = #"{"flood_depth_estimator": "iterative"}"#
    /// The key prefix of its products; nil is its id.
    package var prefix: String?
    /// What `files` lists: the names and the objects, which are put into the bucket.
    package var files: [(name: String, object: StoredObject)] = []
    /// Objects beside them that `files` does not list.
    package var others: [(name: String, object: StoredObject)] = []

    /// A job whose id is made of `number`.
    package init(_ number: Int) {
        id = "00000000-0000-4000-8000-\(padded(number, 12))"
    }
}

extension Catalogue {
    /// Adds the job and puts its objects; a job of the same id is renewed.
    package func put(_ draft: JobDraft) throws {
        let prefix = draft.prefix ?? draft.id
        for (name, object) in draft.files + draft.others { putObject("\(prefix)/\(name)", object) }
        let files = draft.files.map { name, object in
            "{\"filename\": \(jsonString(name)), \"size\": \(object.content.count), "
                + "\"url\": \(jsonString(url("\(prefix)/\(name)"))), "
                + "\"s3\": {\"bucket\": \(jsonString(bucket)), \"key\": \(jsonString("\(prefix)/\(name)"))}}"
        }
        try putJob(
            "{\"job_id\": \(jsonString(draft.id)), \"user_id\": \(jsonString(user)), "
                + "\"status_code\": \(jsonString(draft.status)), \"request_time\": \"\(draft.requestTime.jobTime)\", "
                + "\"job_type\": \(jsonString(draft.type)), \"job_parameters\": \(draft.parameters), "
                + "\"name\": \(draft.name.map(jsonString) ?? "null"), \"bucket\": \(jsonString(bucket)), "
                + "\"bucket_prefix\": \(jsonString(prefix)), \"files\": [\(files.joined(separator: ", "))], "
                + "\"expiration_time\": \(draft.expires.map { "\"\($0.jobTime)\"" } ?? "null")}"
        )
    }
}
