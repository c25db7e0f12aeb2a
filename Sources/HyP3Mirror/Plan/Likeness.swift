/// Whether two objects are one product, by what is known of their bytes.
package enum Likeness: Sendable, Hashable {
    case same
    /// Says how, as one clause.
    case different(String)
    /// Nothing tells.
    case unknown

    /// The same ETag and size are proof; other sizes and other ETags tell the objects apart.
    ///
    /// - Parameters: nil for an object of which nothing is known.
    init(_ a: ListedObject?, _ b: ListedObject?) {
        guard let a, let b else {
            self = .unknown
            return
        }
        if a.size != b.size {
            self = .different("\(a.size) and \(b.size) bytes")
            return
        }
        guard let aTag = Self.strong(a.etag), let bTag = Self.strong(b.etag) else {
            self = .unknown
            return
        }
        self = aTag == bTag ? .same : .different("ETags \(aTag) and \(bTag)")
    }

    /// Without its quotation marks; nil for none, and for a weak one, which says nothing of bytes.
    private static func strong(_ etag: String?) -> String? {
        guard let etag, !etag.isEmpty, !etag.hasPrefix("W/") else { return nil }
        let bare =
            etag.hasPrefix("\"") && etag.hasSuffix("\"") && etag.count > 1 ? etag.dropFirst().dropLast() : etag[...]
        return bare.isEmpty ? nil : ForeignText.shown(String(bare))
    }
}
