import Foundation
import HyP3Mirror
import Testing

/// Follows what a run stages, by inotify(7): the service's word for bytes is "sent", and some of those are on the line yet.
extension MirrorFixture {
    /// Does `body`, which starts a run, and waits until the run has at least that many bytes of its products in the files
    /// and in their resume records.
    ///
    /// - Parameter shard: the part of the jobs that the run is about; nil means all.
    func withStaged<R: Sendable>(
        _ bytes: Int64,
        shard: Shard? = nil,
        after body: () async throws -> R
    ) async throws -> R {
        let partial = ProjectDirectory(self.root, shard: shard).staging
        try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        defer { close(descriptor) }
        let watch = inotify_add_watch(descriptor, partial, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
        try #require(watch >= 0)
        let result = try await body()
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Self.wait(descriptor, until: bytes, in: partial)
                continuation.resume()
            }
        }
        return result
    }

    private static func wait(_ descriptor: Int32, until bytes: Int64, in partial: String) {
        let deadline = ContinuousClock.now + .seconds(60)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while Self.staged(in: partial) < bytes {
            guard ContinuousClock.now < deadline else {
                Issue.record("\(Self.staged(in: partial)) of \(bytes) bytes were staged within a minute")
                return
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, 1_000) > 0 { _ = read(descriptor, &buffer, buffer.count) }
        }
    }

    /// Bytes that the resume records claim.
    private static func staged(in partial: String) -> Int64 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: partial)) ?? []
        return names.filter { $0.hasSuffix(StagedFile.recordSuffix) }.reduce(0) { sum, name in
            let bytes = FileManager.default.contents(atPath: "\(partial)/\(name)") ?? Data()
            guard let record = ResumeRecord(parsing: [UInt8](bytes), boot: BootID.current) else { return sum }
            return sum + Int64(record.marks.count { $0 != .nothing } * StagedFile.chunkSize)
        }
    }
}
