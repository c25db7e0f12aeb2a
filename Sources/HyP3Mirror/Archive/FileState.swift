/// A file as it lies in the archive now, or as it was recorded.
struct FileState: Sendable, Hashable {
    /// Bytes.
    var size: Int64
    /// When its contents last changed, nanoseconds since 1970 (UTC); nil where nobody has noted it.
    var modified: Int64?
    /// Lower-case hexadecimal; nil where the bytes were not read.
    var sha256: String?
}
