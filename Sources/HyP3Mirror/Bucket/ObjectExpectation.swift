/// What is known of an object before it is asked for. Each of these is evidence beside what the service says.
package struct ObjectExpectation: Sendable, Hashable {
    /// Its file name; says of what kind its bytes must be.
    package var name: String
    /// Bytes and ETag (with its quotation marks) by the bucket's listing; nil where it was not listed.
    package var listed: Listed?
    /// Bytes by the catalogue's own word, which may be off; so it counts only where no digest does.
    package var stated: Int64?

    package struct Listed: Sendable, Hashable {
        package var size: Int64
        package var etag: String?

        package init(size: Int64, etag: String?) {
            self.size = size
            self.etag = etag
        }
    }

    package init(name: String, listed: Listed? = nil, stated: Int64? = nil) {
        self.name = name
        self.listed = listed
        self.stated = stated
    }

    /// The listed bytes of the very version that `evidence` is about; nil where that was not listed: an object may have been
    /// replaced since.
    func listedSize(of evidence: ServiceEvidence) -> Int64? {
        guard let listed = self.listed, let tag = listed.etag, let etag = evidence.etag, tag == etag else { return nil }
        return listed.size
    }

    /// Whether the object is to be HTML.
    var isPage: Bool {
        let name = self.name.lowercased()
        return name.hasSuffix(".html") || name.hasSuffix(".htm")
    }
}
