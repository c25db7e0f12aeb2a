/// The product of another job that has the file name which a product wants, in the one place for it.
package struct Rival: Sendable, Hashable {
    package let jobID: String
    /// Whether its file is in the archive; else it is to be fetched.
    let isArchived: Bool
    /// Where to ask about it; empty where that is not known.
    let url: String
    /// What the archive's record says of it.
    let recorded: ListedObject?

    /// Why another product of its name is not archived, as one clause.
    ///
    /// - Parameter likeness: of the two, as far as it is known.
    func reason(_ likeness: Likeness) -> String {
        var what = "a file of this name"
        if case .different(let how) = likeness { what = "another file of this name (\(how))" }
        let which = self.isArchived ? "which is archived" : "and was requested first"
        let doubt = if case .different = likeness { "" } else { "; nothing tells whether it is the same" }
        return "job \(ForeignText.shown(self.jobID)) makes \(what), \(which)\(doubt); \(Self.cure)"
    }

    private static let cure = "archive.layout with {job_id}, as in {job_id}/{filename}, keeps both"
}

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
