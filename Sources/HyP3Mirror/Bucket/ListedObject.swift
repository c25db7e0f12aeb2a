/// An object that a bucket lists.
package struct ListedObject: Sendable, Hashable {
    /// Bytes.
    package var size: Int64
    /// With its quotation marks.
    package var etag: String?

    package init(size: Int64, etag: String?) {
        self.size = size
        self.etag = etag
    }
}
