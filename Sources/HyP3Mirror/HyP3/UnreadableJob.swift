/// Something about a job of a page that is not as HyP3 writes it.
package struct UnreadableJob: Sendable, Hashable, CustomStringConvertible {
    /// nil where not even that could be read.
    package let jobID: String?
    /// One clause for people.
    package let reason: String
    /// What later runs know it by: its id, or a hash of its text (FNV-1a).
    let key: String

    private static let longestKey = 120

    /// - Parameter text: of the job; what has no id is told apart by it.
    package init(jobID: String?, reason: String, text: some Sequence<UInt8> = []) {
        self.jobID = jobID
        self.reason = reason
        if let jobID {
            self.key = String(String.UnicodeScalarView(jobID.unicodeScalars.prefix(Self.longestKey)))
        } else {
            let hash = text.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            self.key = "?\(String(hash, radix: 16))"
        }
    }

    package var description: String {
        (self.jobID.map { "job \(ForeignText.quoted($0))" } ?? "a job") + ": \(self.reason)"
    }
}
