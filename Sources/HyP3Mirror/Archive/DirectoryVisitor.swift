/// Receives the entries of the directories that one thread of a scan reads.
protocol DirectoryVisitor: SendableMetatype {
    /// The entries that follow lie in this directory (path below the root; empty for the root).
    mutating func enter(_ directory: [UInt8])
    /// An entry of any kind, also each directory.
    mutating func visit(_ entry: DirectoryEntry)
    /// Whether a name is one that a product may have.
    func isProductName(_ name: UnsafeRawBufferPointer) -> Bool
    /// The thread has nothing more to read.
    mutating func finish()
}
