import Glibc
import Synchronization
package import SystemPackage

/// Receives the entries of the directories that one thread of a scan reads.
protocol DirectoryVisitor: SendableMetatype {
    /// The entries that follow lie in this directory (path below the root; empty for the root).
    mutating func enter(_ directory: [UInt8])
    /// An entry that is not a directory to be read: a file, a link, a special file, and also each directory.
    mutating func visit(_ entry: DirectoryEntry)
    /// The thread has nothing more to read.
    mutating func finish()
}

/// Reads a directory tree: every name once, by its type alone, on several threads because a network share answers each
/// directory with a round trip.
///
/// Symbolic links are not followed. Left out are the tool's own `.hyp3-mirror` directories and the places where storage
/// systems keep deleted files and old states: a product that lies only there is not in the archive.
package struct DirectoryScan: Sendable {
    /// Directory to read. It may itself be reached over a symbolic link.
    package var root: String
    /// How many directories are read at once.
    package var threads = Self.defaultThreads
    /// Ask for the kind of each file, as on a file system that does not tell it with the name.
    package var asksForEachKind = false

    /// Enough to hide the latency of a network share, and few enough to be polite to its server.
    package static let defaultThreads = 4

    package init(root: String) {
        self.root = root
    }

    /// A directory that could not be read, wholly or from some entry on.
    package struct Unreadable: Sendable, Hashable {
        /// Path below the root; bytes that are no UTF-8 are replaced.
        package var path: String
        package var errno: Errno
    }

    /// What a scan met besides the entries.
    struct Summary: Sendable {
        var directories = 0
        var unreadable: [Unreadable] = []
    }

    /// Reads the whole tree on this thread and `threads - 1` more. Blocks.
    ///
    /// - Parameters:
    ///   - stop: looked at between entries; once raised, the scan ends with `CancellationError`.
    ///   - makeVisitor: called once on each thread.
    /// - Throws: `FilesystemError` when the root cannot be opened, `CancellationError`.
    func run(stop: StopFlag, makeVisitor: @escaping @Sendable () -> some DirectoryVisitor) throws -> Summary {
        let root = open(self.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw FilesystemError("read the directory", self.root, Errno(rawValue: errno)) }
        defer { close(root) }
        let queue = DirectoryQueue(root: [])
        let summary = Mutex(Summary())
        runOnThreads(max(1, min(self.threads, 64))) {
            var visitor = makeVisitor()
            var counted = Summary()
            while let directory = queue.take() {
                let found = self.read(directory, root: root, stop: stop, visitor: &visitor, counted: &counted)
                queue.finished(adding: found)
                if stop.isRaised { queue.close() }
            }
            visitor.finish()
            let found = counted
            summary.withLock {
                $0.directories += found.directories
                $0.unreadable += found.unreadable
            }
        }
        if stop.isRaised { throw CancellationError() }
        return summary.withLock { $0 }
    }

    /// - Returns: the subdirectories to be read.
    private func read(
        _ directory: DirectoryQueue.RelativePath,
        root: CInt,
        stop: StopFlag,
        visitor: inout some DirectoryVisitor,
        counted: inout Summary
    ) -> [DirectoryQueue.RelativePath] {
        var subdirectories: [DirectoryQueue.RelativePath] = []
        let path = directory.isEmpty ? [UInt8(ascii: ".")] : directory
        do throws(Errno) {
            let entries = try DirectoryEntries(
                opening: path.map(CChar.init(bitPattern:)) + [0],
                in: root,
                asksForEachKind: self.asksForEachKind
            )
            counted.directories += 1
            visitor.enter(directory)
            var sinceLook = 0
            while let entry = try entries.next() {
                visitor.visit(entry)
                if entry.kind == .directory, !Self.isLeftOut(entry.name) {
                    let prefix = directory.isEmpty ? [] : directory + [UInt8(ascii: "/")]
                    subdirectories.append(prefix + entry.name)
                }
                sinceLook += 1
                if sinceLook == 4096 {
                    if stop.isRaised { break }
                    sinceLook = 0
                }
            }
        } catch {
            // Gone, or no directory any more: it was moved or removed since its name was read.
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error) { return [] }
            counted.unreadable.append(Unreadable(path: String(decoding: path, as: UTF8.self), errno: error))
        }
        return subdirectories
    }

    private static func isLeftOut(_ name: UnsafeRawBufferPointer) -> Bool {
        Self.leftOut.contains { $0.count == name.count && $0.elementsEqual(name) }
    }

    /// Our own state; NetApp, ZFS, Synology and QNAP snapshots, recycle bins and indexes; `fsck`'s finds.
    private static let leftOut: [[UInt8]] = [
        ".hyp3-mirror", ".snapshot", ".snapshots", ".zfs", "#snapshot", "#recycle", "@Recycle", "@Recently-Snapshot",
        "@eaDir", "$RECYCLE.BIN", "lost+found",
    ].map { Array($0.utf8) }
}

/// Raised once by whoever wants blocking work to end early, looked at by the threads that do it.
final class StopFlag: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { self.raised.load(ordering: .relaxed) }

    func raise() { self.raised.store(true, ordering: .relaxed) }
}
