import Glibc
import Synchronization
import SystemPackage

/// Lines that a run adds as they come and that are wanted at its end: the rows of its report, the names of new files. In
/// memory as long as they are few; in a file without a name after that, so that a hundred thousand of them take no
/// memory. Any thread.
package final class Spool: Sendable {
    private struct State: ~Copyable {
        /// Not in the file yet.
        var recent: [UInt8] = []
        /// -1 as long as there is none.
        var descriptor: Int32 = -1
        var stored = 0
        var failure: (any Error)?
        var lines = 0
    }

    private static let room = 64 << 10

    /// The file that is written in the end; nil where nobody wants the lines.
    private let target: String?
    private let state = Mutex(State())

    /// - Parameter target: where the lines go in the end; theirs is the directory with room for them. Without one they
    ///   are counted and dropped.
    package init(for target: String?) { self.target = target }

    deinit {
        let descriptor = self.state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    package var lines: Int { self.state.withLock { $0.lines } }

    /// Adds one line, made without its end. Blocks once in a while to write what has gathered; an error is kept for
    /// whoever reads.
    func add(_ line: () throws -> [UInt8]) {
        self.state.withLock { state in
            state.lines += 1
            guard let target, state.failure == nil else { return }
            do {
                state.recent += try line()
                state.recent.append(0x0A)
                if state.recent.count >= Self.room { try Self.store(&state, target) }
            } catch {
                state.failure = error
                state.recent = []
            }
        }
    }

    /// Hands out all that was added, in pieces. Blocks.
    ///
    /// - Throws: `FilesystemError`, also that of an earlier addition; what `body` throws.
    package func read(_ body: ([UInt8]) throws -> Void) throws {
        try self.state.withLock { state in
            if let failure = state.failure { throw failure }
            var offset = 0
            let path = self.target ?? ""
            while offset < state.stored {
                var piece = [UInt8](repeating: 0, count: min(Self.room, state.stored - offset))
                let got = try piece.withUnsafeMutableBytes {
                    try SystemCalls.read(state.descriptor, into: $0, at: Int64(offset), path: path)
                }
                guard got == piece.count else { throw FilesystemError("read back what goes into", path, .ioError) }
                offset += got
                try body(piece)
            }
            if !state.recent.isEmpty { try body(state.recent) }
        }
    }

    private static func store(_ state: inout State, _ target: String) throws {
        if state.descriptor < 0 { state.descriptor = try Self.unnamedFile(beside: target) }
        try state.recent.withUnsafeBytes {
            try SystemCalls.write($0, to: state.descriptor, at: Int64(state.stored), path: target)
        }
        state.stored += state.recent.count
        state.recent.removeAll(keepingCapacity: true)
    }

    /// Beside `target` is the room that it needs anyway. Where no file can be made there (`/dev/stdout`, a pipe in a
    /// directory of somebody else), the system's place for temporary files.
    private static func unnamedFile(beside target: String) throws(FilesystemError) -> Int32 {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let name = ".\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
        do throws(FilesystemError) {
            return try self.unnamedFile(at: target + name)
        } catch {
            return try self.unnamedFile(at: "\(temporary)/hyp3-mirror\(name)")
        }
    }

    private static func unnamedFile(at path: String) throws(FilesystemError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FilesystemError("create", path, Errno(rawValue: errno)) }
        unlink(path)
        return descriptor
    }
}
