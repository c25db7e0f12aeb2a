package import FoundationEssentials

/// What a product's record tells of the job that made it.
package struct Provenance: Sendable, Hashable {
    package let jobID: String
    package let jobType: String
    package let jobName: String?
    /// All job parameters as the JSON object the service gave; nil where they were not kept.
    package let parametersJSON: String?
    /// When the job was submitted (UTC).
    package let requested: Date
    /// When HyP3 deletes its products (UTC); nil means never, or not said.
    package let expires: Date?
    /// HyP3 deletes them at a time that cannot be read: it may be any day.
    package let hasUnknownEnd: Bool

    package init(
        jobID: String,
        jobType: String,
        jobName: String?,
        parametersJSON: String?,
        requested: Date,
        expires: Date?,
        hasUnknownEnd: Bool = false
    ) {
        self.jobID = jobID
        self.jobType = jobType
        self.jobName = jobName
        self.parametersJSON = parametersJSON
        self.requested = requested
        self.expires = expires
        self.hasUnknownEnd = hasUnknownEnd
    }

    package init(_ job: Job) {
        self.init(
            jobID: job.id,
            jobType: job.type,
            jobName: job.name,
            parametersJSON: job.parametersJSON,
            requested: job.requestTime,
            expires: job.expires,
            hasUnknownEnd: job.hasUnknownEnd
        )
    }
}
