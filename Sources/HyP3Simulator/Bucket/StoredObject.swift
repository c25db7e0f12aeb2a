import Foundation
import Synchronization

/// The ETag an object is given.
package enum ETagRule: Sendable, Equatable {
    /// MD5, or the multipart form from the part size on, as S3 makes it.
    case standard
    /// This text, quotes included (`"abc"`, `W/"abc"`).
    case literal(String)
    /// None.
    case absent
}

/// A checksum an object was uploaded with.
package struct ObjectChecksum: Sendable, Equatable {
    /// Which digest.
    package var algorithm: ChecksumAlgorithm
    /// Over the parts' digests (`COMPOSITE`), not over the whole object.
    package var isComposite: Bool
    /// Said instead of the true value, in base64.
    package var claimed: String?

    /// A checksum of that kind.
    package init(_ algorithm: ChecksumAlgorithm, isComposite: Bool = false, claimed: String? = nil) {
        self.algorithm = algorithm
        self.isComposite = isComposite
        self.claimed = claimed
    }
}

/// An object of the bucket.
package struct StoredObject: Sendable {
    /// Its bytes.
    package var content: Content
    /// `Content-Type`; nil goes by the key's extension.
    package var contentType: String?
    /// Bytes of an uploaded part; an object of at least that size was uploaded in parts. HyP3's is 8 MiB.
    package var partSize = 8 << 20
    /// Bytes of each part it was uploaded in, which add up to its own; nil for parts of `partSize`.
    package var partLengths: [Int]?
    /// How its ETag is made.
    package var etag = ETagRule.standard
    /// Given when the request asks with `x-amz-checksum-mode: ENABLED`.
    package var checksums: [ObjectChecksum] = []
    /// `Last-Modified`.
    package var modified = CalendarTime(2026, 1, 1)
    /// The moment from which on it is gone.
    package var expires: CalendarTime?

    /// An object of these bytes.
    package init(_ content: Content) {
        self.content = content
    }

    /// An object of these bytes.
    package init(_ bytes: [UInt8]) {
        content = Content(bytes)
    }

    /// Byte counts of the parts it was uploaded in; nil for an upload in one piece.
    var parts: [Range<Int>]? {
        if let partLengths {
            var start = 0
            return partLengths.map { length in
                defer { start += length }
                return start..<start + length
            }
        }
        guard partSize > 0, content.count >= partSize else { return nil }
        return stride(from: 0, to: content.count, by: partSize).map { start in
            start..<min(content.count, start + partSize)
        }
    }
}

/// A stored object with the digests that have been worked out for it.
final class ObjectVersion: Sendable {
    let object: StoredObject
    private let known = Mutex<[String: String]>([:])

    init(_ object: StoredObject) {
        self.object = object
    }

    /// The ETag with its quotes; nil when it has none.
    var etag: String? {
        switch object.etag {
        case .literal(let text): text
        case .absent: nil
        case .standard: remembered("etag") { "\"\(Self.standardETag(object))\"" }
        }
    }

    /// The value of the `x-amz-checksum-…` header.
    func value(of checksum: ObjectChecksum) -> String {
        if let claimed = checksum.claimed { return claimed }
        return remembered("\(checksum.algorithm) \(checksum.isComposite)") {
            guard checksum.isComposite, let parts = object.parts else {
                return base64(digest(object.content, checksum.algorithm))
            }
            let digests = parts.flatMap { digest(object.content.slice($0), checksum.algorithm) }
            return "\(base64(digest(Content(digests), checksum.algorithm)))-\(parts.count)"
        }
    }

    private static func standardETag(_ object: StoredObject) -> String {
        guard let parts = object.parts else { return hexadecimal(digest(object.content, .md5)) }
        let digests = parts.flatMap { digest(object.content.slice($0), .md5) }
        return "\(hexadecimal(digest(Content(digests), .md5)))-\(parts.count)"
    }

    /// Digests of a large object take seconds; requests that come meanwhile wait for the one result.
    private func remembered(_ name: String, _ make: () -> String) -> String {
        known.withLock { known in
            if let value = known[name] { return value }
            let value = make()
            known[name] = value
            return value
        }
    }

    private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
