import SystemPackage

/// What a run holds while it changes a project: a whole run excludes all others, a shard excludes whole runs and the same
/// shard.
struct ArchiveLock: Sendable {
    private let locks: [RunLock]

    /// - Throws: `RunLock.Failure`, `FilesystemError`.
    static func acquire(_ project: ProjectDirectory, holder: RunLockHolder) async throws -> ArchiveLock {
        let whole = FilePath(project.wholeLock)
        guard project.shard != nil else {
            return ArchiveLock(locks: [try await RunLock.acquire(whole, holder: holder)])
        }
        let shared = try await RunLock.acquire(whole, .shared, holder: holder)
        do {
            return ArchiveLock(locks: [try await RunLock.acquire(FilePath(project.lock), holder: holder), shared])
        } catch {
            shared.release()
            throw error
        }
    }

    /// See `RunLock.note`.
    var note: String? { self.locks.compactMap(\.note).first }

    func release() {
        for lock in self.locks { lock.release() }
    }
}
