package import FoundationEssentials

/// A file in the archive that is not what was archived, while HyP3 can still mend it. It is told, and never touched.
package struct BrokenFile: Sendable, Hashable {
    /// What a run report calls it.
    package static let outcome = "broken"

    /// Who says how large it should be.
    enum Source: Sendable, Hashable {
        case manifest
        case bucket
        case job
    }

    package let jobID: String
    /// Below the project's directory.
    package let path: String
    /// When HyP3 deletes the product (UTC); nil means never, or not said.
    package let expires: Date?
    /// One clause for people: what is wrong, and what to do.
    package let reason: String

    /// The last component of `path`.
    package var file: String { SystemCalls.name(of: self.path) }

    /// The file's size is not the one on record, both in bytes.
    init(_ path: String, of job: Job, size: Int64, expected: Int64, by source: Source) {
        self.jobID = job.id
        self.path = path
        self.expires = job.expires
        let should =
            switch source {
            case .manifest: "\(expected) were archived"
            case .bucket: "its bucket lists \(expected)"
            case .job: "HyP3 says \(expected)"
            }
        let bytes = size == 1 ? "1 byte" : "\(size) bytes"
        self.reason = "holds \(bytes), and \(should); move it away and run again, and it is fetched anew"
    }

    /// The file's size cannot be told.
    init(_ path: String, of job: Job, _ error: any Error) {
        self.jobID = job.id
        self.path = path
        self.expires = job.expires
        self.reason = "\(error)"
    }
}
