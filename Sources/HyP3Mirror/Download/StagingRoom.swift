/// Says whether an object may be put on the disk that holds the staged bytes.
package struct StagingRoom: Sendable {
    /// Bytes that must stay free.
    package var reserve: Int64

    package init(reserve: Int64) { self.reserve = reserve }

    /// An object begins. On the product's lane; blocks.
    /// - Parameter total: its bytes; nil where they are not announced.
    /// - Throws: `FetchFailure` for what no disk of this size can hold, `FilesystemError` where there is no room now.
    func admit(total: Int64?, at path: String) throws {
        if let total, let size = FreeSpace.capacity(at: path), total > size {
            throw FetchFailure(
                .permanent,
                "\(total) bytes are announced, and the whole file system of the archive has \(size)"
            )
        }
        try FreeSpace.require(total ?? 0, reserve: self.reserve, at: path)
    }

    /// An object of unknown length grows by so many bytes. On the product's lane; blocks.
    func admit(growth: Int64, at path: String) throws {
        try FreeSpace.require(growth, reserve: self.reserve, at: path)
    }
}
