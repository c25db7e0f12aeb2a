import FoundationEssentials
import Glibc
import SystemPackage

/// What the archive must have.
extension Doctor {
    func archiveDirectory() async throws -> Answer {
        let archive = self.archive
        return try await onOwnThread(to: "look at the archive") {
            try archive.require()
            if case .directory? = try SystemCalls.kind(of: archive.project.root) {
                try SystemCalls.requireOwnDirectory(orNothing: archive.project.state)
                return .good("\(archive.project.root)")
            }
            return .good("\(archive.directory); the first run makes \(archive.project.root)")
        }
    }

    /// Does there what a run does: files are made, made durable and renamed without replacing.
    func fileSystem() async throws -> Answer {
        let archive = self.archive
        return try await onOwnThread(to: "try the file system") {
            let isMade = try SystemCalls.kind(of: archive.project.root) != nil
            return try FileSystemTrial(in: isMade ? archive.project.root : archive.directory).run()
        }
    }

    func disk() async throws -> Answer {
        let (directory, reserve) = (self.archive.directory, self.settings.minimumFree ?? 0)
        return try await onOwnThread(to: "look at the disk") {
            guard let space = DiskSpace(at: directory) else {
                let what = "the file system does not say how much is free"
                return .notice(reserve > 0 ? "\(what), so --min-free cannot be kept" : what)
            }
            let free = ByteText.decimal(space.free)
            if space.free > reserve, space.hasInodes {
                return .good("\(free) free" + (reserve > 0 ? ", --min-free keeps \(ByteText.decimal(reserve))" : ""))
            }
            let cure =
                space.hasInodes
                ? "\(free) are free, and --min-free keeps \(ByteText.decimal(reserve)): free some space, or keep less."
                : "It has no room for another file: remove some."
            throw FilesystemError("write to", directory, .noSpace, cure: cure)
        }
    }

    /// Whether another run is at work; a project without a state has had none.
    func lock() async throws -> Answer {
        let (archive, now) = (self.archive, self.session.pace.now())
        let state = try await onOwnThread(to: "look at the archive") { try SystemCalls.kind(of: archive.project.state) }
        guard state != nil else { return .good("no run has been here yet") }
        do {
            let holder = RunLockHolder(started: now, command: "hyp3-mirror doctor")
            let lock = try await ArchiveLock.acquire(archive.project, holder: holder)
            defer { lock.release() }
            return lock.note.map { .notice($0) } ?? .good("no other run is at work")
        } catch let busy as RunLock.Failure where busy.isBusy && self.settings.lockPatience > .zero {
            return .notice("\(busy); sync would wait for its end (--lock-wait)")
        }
    }
}

/// A directory of its own in which all is tried that a run does.
private struct FileSystemTrial {
    private let directory: String

    /// - Parameter parent: of the directory that is made.
    init(in parent: String) { self.directory = "\(parent)/.hyp3-mirror-doctor.\(getpid())" }

    /// Blocks.
    ///
    /// - Throws: `FilesystemError` for what a run cannot do without.
    func run() throws -> Doctor.Answer {
        guard mkdir(self.directory, 0o777) == 0 else {
            throw FilesystemError("create", self.directory, Errno(rawValue: errno))
        }
        defer { self.clear() }
        let (one, other) = ("\(self.directory)/one", "\(self.directory)/other")
        try self.make(one)
        try self.make(other)
        do {
            try SystemCalls.renameWithoutReplacing(one, to: other)
            throw FilesystemError(
                "rename without replacing in",
                self.directory,
                .notSupported,
                cure: "Another file was replaced: keep the archive on another file system."
            )
        } catch let error as FilesystemError where error.errno == .fileExists {
            try SystemCalls.renameWithoutReplacing(one, to: "\(self.directory)/three")
        }
        let isDurable = try SystemCalls.synchronizeDirectory(self.directory)
        var notes: [String] = []
        if !isDurable { notes.append("it cannot make a directory durable on request, so a power cut may undo renames") }
        if try SystemCalls.kind(of: "\(self.directory)/THREE") != nil {
            notes.append("it takes upper and lower case for the same, as no product's name needs")
        }
        let long = String(repeating: "n", count: PathComponent.maximumLength)
        if (try? self.make("\(self.directory)/\(long)")) == nil {
            notes.append("it does not take names of \(PathComponent.maximumLength) bytes")
        }
        let tried = "files are made, made durable, and renamed without replacing another"
        return notes.isEmpty ? .good(tried) : .notice(notes.joined(separator: "; "))
    }

    private func make(_ path: String) throws {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                path,
                .writeOnly,
                options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite]
            )
        } catch {
            throw FilesystemError("create", path, error as? Errno ?? .ioError)
        }
        do {
            try file.closeAfter {
                try file.writeAll([1])
                try SystemCalls.synchronize(file.rawValue, path: path)
            }
        } catch let error as Errno {
            throw FilesystemError("write", path, error)
        }
    }

    private func clear() {
        for name in (try? SystemCalls.names(in: self.directory)) ?? [] { unlink("\(self.directory)/\(name)") }
        rmdir(self.directory)
    }
}
