package import FoundationEssentials

/// A product that is wanted and not archived, or a job that failed: a line of `open.jsonl`.
package struct OpenRecord: Sendable, Hashable, Codable {
    /// `fetch` for what is still to be had, `failed` for a job, or another `ProductState`.
    package var state: String
    /// Empty for a job.
    package var file: String
    /// What its name adds to the stem, as `plan` has it; nil for a job, and in what earlier versions wrote.
    package var suffix: String?
    package var jobID: String
    package var jobType: String
    package var jobName: String?
    /// Nil where they were not kept, or are longer than `AbsenceRecord.longestOrder`.
    package var jobParameters: JSONValue?
    /// When the job was submitted, and when HyP3 deletes its products; nil means never, or not said (UTC).
    package var requested: Date
    package var expires: Date?
    /// One clause.
    package var reason: String

    private enum CodingKeys: String, CodingKey {
        case state, file, suffix, requested, expires, reason
        case jobID = "job_id"
        case jobType = "job_type"
        case jobName = "job_name"
        case jobParameters = "job_parameters"
    }

    package init(_ provenance: Provenance, state: String, file: String, suffix: String? = nil, reason: String) {
        self.state = state
        self.file = file
        self.suffix = suffix.flatMap { $0.isEmpty ? nil : $0 }
        self.jobID = provenance.jobID
        self.jobType = provenance.jobType
        self.jobName = provenance.jobName
        self.jobParameters = provenance.order
        self.requested = provenance.requested
        self.expires = provenance.expires
        self.reason = reason
    }
}

extension Provenance {
    /// The job's parameters, to order it again; nil where they were not kept, or are too long.
    var order: JSONValue? {
        self.parametersJSON.flatMap { text in
            guard text.utf8.count <= AbsenceRecord.longestOrder else { return nil }
            return try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        }
    }
}
