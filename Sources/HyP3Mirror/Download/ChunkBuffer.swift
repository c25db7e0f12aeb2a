/// Memory for one chunk of an object on its way from the socket to the disk and through the digests. Held by one owner at a
/// time: a grant, a connection, a lane, or the digests.
final class ChunkBuffer: @unchecked Sendable {
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: StagedFile.chunkSize, alignment: 4096)
    /// Bytes in use, from the start.
    var count = 0
    /// Whose it is while it is out; nil where it belongs to nobody's grant.
    var home: Grant?

    deinit { self.memory.deallocate() }

    var room: Int { self.memory.count - self.count }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.memory[..<self.count]) }
    /// All of the memory, for reading a chunk back.
    var whole: UnsafeMutableRawBufferPointer { self.memory }

    /// Copies as much of `bytes` as there is room for.
    /// - Returns: the number of bytes copied.
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, self.room)
        guard count > 0 else { return 0 }
        UnsafeMutableRawBufferPointer(rebasing: self.memory[self.count...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[..<count])
        )
        self.count += count
        return count
    }

    /// Gives it back to whose it is. Any thread; nothing may touch it after that.
    func giveBack() {
        guard let home = self.home else { return }
        self.home = nil
        self.count = 0
        home.give(back: self)
    }
}
