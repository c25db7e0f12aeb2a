import Checksums
import Glibc
import SystemPackage

/// How far a manifest has been read: the durable cursor of `on_archived`, `delivered.json`. A manifest only grows, and is
/// written anew when `verify` tidies up, so a mark says how to tell whether the file is still the one it was set in. Blocks.
struct ManifestMark: Sendable, Hashable, Codable {
    /// Where the first line begins that has not been read.
    let offset: Int64
    /// Digest of the bytes before it.
    let tail: String

    private static let tailLength: Int64 = 512
    /// An append that failed may have been cut away, and a file that was to take the manifest's place may not have done so:
    /// marks from before that still count.
    private static let mostMarks = 4

    private struct File: Codable {
        var schema = 1
        /// The last one first.
        var marks: [ManifestMark]
    }

    /// The mark at `offset` in the file at `path`.
    ///
    /// - Throws: `FilesystemError`; `.ioError` where the file is shorter.
    init(at offset: Int64, in path: String) throws {
        self.offset = offset
        self.tail = try Self.tail(before: offset, in: path)
    }

    private static func tail(before offset: Int64, in path: String) throws -> String {
        let count = Int(min(offset, Self.tailLength))
        let descriptor = try SystemCalls.openOwn(path, O_RDONLY, for: "read")
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try bytes.withUnsafeMutableBytes {
            try SystemCalls.read(descriptor, into: $0, at: offset - Int64(count), path: path)
        }
        guard got == count else { throw FilesystemError("read", path, .ioError) }
        return String(try bytes.withUnsafeBytes { try Digest(.sha256, of: $0) }.hex.prefix(32))
    }

    /// The marks of a project, the last one first; none where there is no such file, or it is of another kind.
    static func all(_ project: ProjectDirectory) throws -> [ManifestMark] {
        guard let bytes = try SystemCalls.contents(of: project.delivered, limit: 64 << 10) else { return [] }
        let file = JSONLines.decode(File.self, from: bytes[...]).first
        return file?.schema == 1 ? file?.marks ?? [] : []
    }

    /// Where to go on reading: at the last mark that fits the manifest as it is, or at its beginning.
    static func start(_ project: ProjectDirectory) throws -> Int64 {
        let size = try SystemCalls.size(of: project.manifest) ?? 0
        for mark in try Self.all(project) where mark.offset >= 0 && mark.offset <= size {
            if try Self.tail(before: mark.offset, in: project.manifest) == mark.tail { return mark.offset }
        }
        return 0
    }

    /// Makes this the project's last mark, durably.
    func save(_ project: ProjectDirectory) throws {
        let earlier = try Self.all(project).filter { $0 != self }
        let file = File(marks: Array(([self] + earlier).prefix(Self.mostMarks)))
        try replaceFile(at: project.delivered, with: try JSONLines.encode([file]), through: project.delivered + ".new")
        _ = try SystemCalls.synchronizeDirectory(project.state)
    }
}
