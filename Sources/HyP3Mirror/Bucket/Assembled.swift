package import Checksums

/// The bytes of one object as they stand in staging, with their digests.
package struct Assembled: Sendable {
    package var evidence: ServiceEvidence
    /// The length by the service, or by the listing of this very version; nil if neither gives one.
    package var announced: Int64?
    /// Why the length alone proves nothing, as a clause; nil where it may.
    package var doubt: String?
    /// `byteCount` is how many bytes there are from the start without a gap.
    package var digests: DigestSet.Results
}
