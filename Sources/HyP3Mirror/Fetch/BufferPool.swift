import CurlTransfer
import Synchronization

/// The memory in which bodies travel from the sockets to the disk: a fixed number of chunk-sized buffers for all
/// transfers of a run, so memory does not grow with the size or number of products.
///
/// A transfer that finds none pauses and is resumed when one comes back. A transfer that waits holds at most one, so with
/// more than one a connection somebody always gets on.
package final class BufferPool: Sendable {
    private struct State {
        var free: [ChunkBuffer]
        var waiting: [TransferControl] = []
    }

    private let state: Mutex<State>

    package init(count: Int) {
        self.state = Mutex(State(free: (0..<max(1, count)).map { _ in ChunkBuffer() }))
    }

    /// A free buffer. If there is none, nil, and `control` is resumed when one comes back. Any thread.
    func take(orResume control: TransferControl) -> ChunkBuffer? {
        self.state.withLock { state in
            if let buffer = state.free.popLast() { return buffer }
            state.waiting.append(control)
            return nil
        }
    }

    /// Gives a buffer back. Any thread.
    func give(back buffer: ChunkBuffer) {
        buffer.count = 0
        // All of them: a transfer that has ended meanwhile must not be the only one that was told.
        let waiting = self.state.withLock { state in
            state.free.append(buffer)
            defer { state.waiting.removeAll(keepingCapacity: true) }
            return state.waiting
        }
        for control in waiting { control.resume() }
    }
}

/// Memory for one chunk of an object. Held by one owner at a time: the pool, a sink, or a lane.
final class ChunkBuffer: @unchecked Sendable {
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: PartialFile.chunkSize, alignment: 4096)
    /// Bytes in use, from the start.
    var count = 0

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
}
