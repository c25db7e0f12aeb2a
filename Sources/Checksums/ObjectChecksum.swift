/// A checksum S3 keeps of an object, as an `x-amz-checksum-*` header tells it.
package enum ObjectChecksum: Sendable, Hashable {
    /// Of all bytes.
    case fullObject(Digest)
    /// Of the checksums of the parts. S3 sometimes leaves the number of parts out; then it is nil.
    case composite(Digest, parts: Int?)

    /// The digest's bytes with their algorithm.
    package var digest: Digest {
        switch self {
        case .fullObject(let digest), .composite(let digest, _): digest
        }
    }

    package var algorithm: DigestAlgorithm { self.digest.algorithm }

    /// Reads one header.
    ///
    /// - Parameters:
    ///   - header: its name, of any case.
    ///   - value: base64 of the digest, with `-` and the number of parts behind a composite one.
    ///   - type: the value of `x-amz-checksum-type` in the same answer, if sent: `FULL_OBJECT` or `COMPOSITE`.
    /// - Returns: nil where the header is none of the five, or its value is not one digest of that algorithm.
    package init?(header: some StringProtocol, value: some StringProtocol, type: String?) {
        let name = header.lowercased()
        guard let algorithm = DigestAlgorithm.allCases.first(where: { $0.checksumHeader == name }) else { return nil }
        let value = trimmingBlanks(value)
        let isComposite = type.map { trimmingBlanks($0).uppercased() == "COMPOSITE" } ?? false
        // `-` is no character of this base64.
        if let dash = value.firstIndex(of: "-") {
            guard let digest = Digest(algorithm, base64: value[..<dash]),
                let parts = partCount(value[value.index(after: dash)...])
            else { return nil }
            self = .composite(digest, parts: parts)
        } else {
            guard let digest = Digest(algorithm, base64: value) else { return nil }
            self = isComposite ? .composite(digest, parts: nil) : .fullObject(digest)
        }
    }
}
