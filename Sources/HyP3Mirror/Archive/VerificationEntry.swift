package import FoundationEssentials

/// What one look at one file found: a line of `verified.jsonl`.
package struct VerificationEntry: Sendable, Hashable, Codable {
    package var schema = 1
    /// Below the project's directory.
    package var path: String
    package var result: VerificationResult
    /// When its bytes were read (UTC).
    package var verified: Date
    /// When the file's contents last changed, nanoseconds since 1970 (UTC); nil where there was none to ask.
    package var modified: Int64?

    package init(path: String, result: VerificationResult, verified: Date, modified: Int64?) {
        self.path = path
        self.result = result
        self.verified = verified
        self.modified = modified
    }
}
