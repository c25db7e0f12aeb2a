import Glibc
import Synchronization
import SystemPackage

/// Reads a directory tree: every name once, by its type alone, on several threads because a network share answers each
/// directory with a round trip.
///
/// A symbolic link to a directory is followed as Apache's SymLinksIfOwnerMatch has it: where the user who runs this, or
/// root, owns it. Each directory is read once, under its own name where the tree has one for it, so loops end.
package struct DirectoryScan: Sendable {
    /// Directory to read. It may itself be reached over a symbolic link.
    package var root: String
    /// Directories that are not read.
    package var passedOver = PassedOver()
    /// How many directories are read at once.
    package var threads = Self.defaultThreads
    /// Ask for the kind of each file, as on a file system that does not tell it with the name.
    package var asksForEachKind = false
    /// Besides root, whose links to directories are followed.
    var user = geteuid()

    /// Enough to hide the latency of a network share, and few enough to be polite to its server.
    package static let defaultThreads = 8

    package init(root: String) {
        self.root = root
    }

    /// What a scan met besides the entries.
    struct Summary: Sendable {
        var directories = 0
        var unseen: [UnseenPlace] = []
        /// Links to directories that are to be followed.
        fileprivate var links: [DirectoryQueue.RelativePath] = []
    }

    /// What the threads of a scan share.
    private struct Reading {
        let root: CInt
        let links: LinkFollowing
        let stop: StopFlag
        /// Whether the way to the directory leads over a link.
        let isBehindLink: Bool
    }

    /// Reads the whole tree on this thread and `threads - 1` more. Blocks.
    ///
    /// - Parameters:
    ///   - stop: looked at between entries; once raised, the scan ends with `CancellationError`.
    ///   - makeVisitor: called once on each thread.
    /// - Throws: `FilesystemError` when the root cannot be opened, `CancellationError`.
    func run(stop: StopFlag, makeVisitor: @escaping @Sendable () -> some DirectoryVisitor) throws -> Summary {
        let root = try SystemCalls.open(self.root, O_RDONLY | O_DIRECTORY, for: "read the directory")
        defer { close(root) }
        let links = LinkFollowing(root: self.root, descriptor: root, user: self.user)
        var summary = Summary()
        self.read([], Reading(root: root, links: links, stop: stop, isBehindLink: false), &summary, makeVisitor)
        // One after the other, in the order of their names: of two that lead to one directory it is always the same one
        // under whose name its files are found.
        var waiting = summary.links.sorted { $0.lexicographicallyPrecedes($1) }
        while !waiting.isEmpty, !stop.isRaised {
            let link = waiting.removeFirst()
            summary.links = []
            self.read(link, Reading(root: root, links: links, stop: stop, isBehindLink: true), &summary, makeVisitor)
            waiting = (waiting + summary.links).sorted { $0.lexicographicallyPrecedes($1) }
        }
        if stop.isRaised { throw CancellationError() }
        return summary
    }

    /// Reads a directory and all below it.
    private func read(
        _ start: DirectoryQueue.RelativePath,
        _ reading: Reading,
        _ summary: inout Summary,
        _ makeVisitor: @escaping @Sendable () -> some DirectoryVisitor
    ) {
        let queue = DirectoryQueue(root: start)
        let met = Mutex(summary)
        runOnThreads(max(1, min(self.threads, 64))) {
            var visitor = makeVisitor()
            var counted = Summary()
            while let directory = queue.take() {
                let isLink = reading.isBehindLink && directory == start
                let found = self.read(directory, isLink: isLink, reading, visitor: &visitor, counted: &counted)
                queue.finished(adding: found)
                if reading.stop.isRaised { queue.close() }
            }
            visitor.finish()
            let found = counted
            met.withLock {
                $0.directories += found.directories
                $0.unseen += found.unseen
                $0.links += found.links
            }
        }
        summary = met.withLock { $0 }
    }

    /// - Returns: the subdirectories to be read.
    private func read(
        _ directory: DirectoryQueue.RelativePath,
        isLink: Bool,
        _ reading: Reading,
        visitor: inout some DirectoryVisitor,
        counted: inout Summary
    ) -> [DirectoryQueue.RelativePath] {
        var subdirectories: [DirectoryQueue.RelativePath] = []
        let path = directory.isEmpty ? [UInt8(ascii: ".")] : directory
        do throws(Errno) {
            let entries = try DirectoryEntries(
                opening: path.map(CChar.init(bitPattern:)) + [0],
                in: reading.root,
                followsLink: isLink,
                asksForEachKind: self.asksForEachKind
            )
            if reading.isBehindLink, !reading.links.isFirst(entries.descriptor) { return [] }
            counted.directories += 1
            visitor.enter(directory)
            var sinceLook = 0
            while var entry = try entries.next() {
                let below = directory.isEmpty ? [] : directory + [UInt8(ascii: "/")]
                if entry.kind == .symlink {
                    switch reading.links.target(of: entry.name, in: entries.descriptor, directory: directory) {
                    case .kind(let kind): entry.kind = kind
                    case .directory:
                        if !self.passedOver.contains(entry.name, in: directory) {
                            counted.links.append(below + entry.name)
                        }
                    case .unseen(let cause):
                        if cause == .brokenLink(.noSuchFileOrDirectory) { entry.kind = .danglingLink }
                        let isElsewhere = visitor.isProductName(entry.name) && entry.kind == .danglingLink
                        if !isElsewhere, !self.passedOver.contains(entry.name, in: directory) {
                            counted.unseen.append(UnseenPlace(below + entry.name, cause))
                        }
                    }
                }
                visitor.visit(entry)
                if entry.kind == .directory, !self.passedOver.contains(entry.name, in: directory) {
                    subdirectories.append(below + entry.name)
                }
                sinceLook += 1
                if sinceLook == 4096 {
                    if reading.stop.isRaised { break }
                    sinceLook = 0
                }
            }
        } catch {
            // Gone, or no directory any more: it was moved or removed since its name was read.
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error) { return [] }
            let whole = directory.isEmpty ? self.root : self.root + "/" + String(decoding: directory, as: UTF8.self)
            let failure = FilesystemError("read the directory", whole, error)
            counted.unseen.append(UnseenPlace(directory, .unreadable(error), cure: failure.cure, root: self.root))
        }
        return subdirectories
    }
}
