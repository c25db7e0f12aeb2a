import Logging
import SystemPackage

extension CommitBatch {
    /// Products whose records are completed in one go.
    private static let group = 128

    /// Finishes what a killed commit left half done: names that were not given, lines that were not written. Call before
    /// anything else, under the run lock.
    ///
    /// What cannot be finished is told and stops nobody: a product that is not in place is fetched again, and one that the
    /// storage refuses to tell of stays in the journal for the next run.
    ///
    /// - Returns: why something is left to the next run; nil where nothing is.
    /// - Throws: `CancellationError` soon after `stop` is raised; the journal is then as it was.
    @discardableResult
    func recover(stop: StopFlag = StopFlag()) throws -> FilesystemError? {
        guard self.journal.length > 0 else { return nil }
        var trouble: FilesystemError?
        var placed: [ManifestEntry] = []
        var directories: Set<String> = []
        func keep(_ entries: [ManifestEntry], _ error: FilesystemError) {
            trouble = trouble ?? error
            for entry in entries {
                self.logger.warning(
                    "a commit that was cut off cannot be finished now, and is left to the next run: \(error)",
                    metadata: ["path": "\(entry.path)"]
                )
            }
        }
        func complete() throws {
            do {
                for directory in directories.sorted() { try self.synchronizeDirectory(directory) }
                try self.completeRecord(of: placed)
            } catch let error as FilesystemError {
                keep(placed, error)
            }
            (placed, directories) = ([], [])
        }
        do {
            try LineReader(path: self.project.journal, stop: stop).read { line in
                guard let entry = ManifestEntry(line: line.bytes) else {
                    self.logger.info("a line of the journal cannot be read, and is passed over")
                    return
                }
                do {
                    if try self.place(entry, &directories, stop: stop) { placed.append(entry) }
                } catch let error as FilesystemError where error.concernsOneName && !Self.mayPass(error) {
                    self.giveUp(entry, "\(error)")
                } catch let error as FilesystemError {
                    keep([entry], error)
                }
                if placed.count == Self.group { try complete() }
            }
            try complete()
            // Where the storage refuses something, all lines stay: those of what is finished do no harm, and the others would be
            // lost where they cannot be written again.
            if trouble == nil { try self.journal.cut(to: 0) }
        } catch let error as FilesystemError {
            self.logger.warning("a commit that was cut off is not finished: \(error)")
            trouble = trouble ?? error
        }
        self.journalStart = self.journal.length
        return trouble
    }

    /// Gives the product its name where it has none yet.
    ///
    /// - Returns: whether it is in place with the bytes that were committed.
    private func place(
        _ entry: ManifestEntry,
        _ directories: inout Set<String>,
        stop: StopFlag
    ) throws -> Bool {
        guard Self.isBelowProject(entry.path) else {
            self.giveUp(entry, "its path leads out of the project's directory")
            return false
        }
        let target = self.project.path(of: entry.path)
        if try SystemCalls.kind(of: target) == nil {
            let staged = try self.project.staged(path: entry.path, url: entry.url)
            guard try entry.matches(fileAt: staged, stop: stop) else {
                self.giveUp(entry, "it is neither in place nor staged; it is fetched again if HyP3 still has it")
                return false
            }
            // Somebody may have taken the directory away with whatever was in it.
            directories.formUnion(try SystemCalls.makeDirectories(SystemCalls.parent(of: target)))
            try SystemCalls.renameWithoutReplacing(staged, to: target)
            try SystemCalls.remove(staged + StagedFile.recordSuffix)
            // Its bytes have just been read.
            directories.insert(SystemCalls.parent(of: target))
            return true
        }
        directories.insert(SystemCalls.parent(of: target))
        if try entry.matches(fileAt: target, stop: stop) { return true }
        self.giveUp(entry, "what lies in its place now are other bytes, which are left as they are")
        return false
    }

    /// Whether the name may be looked at another time: it is no word on what lies there.
    private static func mayPass(_ error: FilesystemError) -> Bool {
        [.permissionDenied, .notPermitted, .resourceBusy, .textFileBusy, .staleNFSFileHandle].contains(error.errno)
    }

    private func giveUp(_ entry: ManifestEntry, _ reason: String) {
        self.logger.notice(
            "a commit that was cut off is given up: \(reason)",
            metadata: ["path": "\(entry.path)"]
        )
    }

    /// A journal is a file that anybody with access to the archive can write.
    private static func isBelowProject(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(10) && !$0.utf8.contains(0)
        }
    }

    /// Writes those lines of manifest and checksum list that are not there yet.
    private func completeRecord(of entries: [ManifestEntry]) throws {
        if entries.isEmpty { return }
        var unlisted = Set(try entries.map { Array(try $0.line().dropLast()) })
        try LineReader(path: self.manifest.path).readBackwards(depth: Self.depth) { line in
            unlisted.remove([UInt8](line.bytes))
            return !unlisted.isEmpty
        }
        try self.manifest.append(unlisted.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 + [10] })
        var unsummed = Set(entries.map { Array($0.checksumLine().dropLast()) })
        try self.checksums.subtract(from: &unsummed)
        try self.checksums.append(unsummed.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 + [10] })
        for entry in entries {
            self.logger.info("finished the record of a commit that was cut off", metadata: ["path": "\(entry.path)"])
        }
    }

    /// How far from the manifest's end the line of a commit that was cut off can be.
    private static let depth: Int64 = 64 << 20
}
