import Dispatch
import Logging
import Synchronization
import SystemPackage

/// Gives proven products their names, several in one go so that they share the disk's flushes.
///
/// Order, and what a power failure between two steps leaves:
/// 1. data durable – staged bytes, fetched on;
/// 2. journal durable – the same;
/// 3. names given, 4. directories durable – products in place; the next run writes their missing lines from the journal;
/// 5. manifest and checksum list durable, 6. journal emptied.
///
/// Blocks; used by one thread at a time.
final class CommitBatch: @unchecked Sendable {
    private let project: ProjectDirectory
    private let journal: LineFile
    private let manifest: LineFile
    private let checksums: LineFile
    private let logger: Logger
    private var knownDirectories: Set<String> = []
    private var saidNoDirectorySync = false

    init(_ project: ProjectDirectory, logger: Logger) throws {
        self.project = project
        self.logger = logger
        self.journal = try LineFile(project.journal)
        self.manifest = try LineFile(project.manifest)
        self.checksums = try LineFile(project.checksums)
    }

    /// Commits each product; one that fails does not stop the others.
    func run(_ products: [StagedProduct]) -> [Result<Void, any Error>] {
        var results = self.synchronizeData(products)
        var directories: Set<String> = []
        for index in products.indices where results[index].isSuccess {
            results[index] = Result { directories.formUnion(try self.prepareDirectory(of: products[index])) }
        }
        do {
            let ready = products.indices.filter { results[$0].isSuccess }
            try self.journal.append(ready.flatMap { try products[$0].entry.line() })
            for index in ready {
                let target = self.project.path(of: products[index].entry.path)
                results[index] = Result {
                    try SystemCalls.renameWithoutReplacing(products[index].file.path, to: target)
                    directories.insert(SystemCalls.parent(of: target))
                }
            }
            for directory in directories.sorted() { try self.synchronizeDirectory(directory) }
            try self.record(ready.filter { results[$0].isSuccess }.map { products[$0].entry })
            try self.journal.clear()
            for index in ready where results[index].isSuccess { try products[index].file.removeRecord() }
        } catch {
            for index in results.indices where results[index].isSuccess { results[index] = .failure(error) }
        }
        return results
    }

    private func synchronizeData(_ products: [StagedProduct]) -> [Result<Void, any Error>] {
        let results = Mutex([Result<Void, any Error>](repeating: .success(()), count: products.count))
        // Together, so that the file system can put many files into one journal transaction.
        DispatchQueue.concurrentPerform(iterations: products.count) { index in
            let result = Result<Void, any Error> { try products[index].file.synchronize() }
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0 }
    }

    /// Makes the product's directory.
    /// - Returns: directories with a new entry.
    private func prepareDirectory(of product: StagedProduct) throws -> [String] {
        let directory = SystemCalls.parent(of: self.project.path(of: product.entry.path))
        guard !self.knownDirectories.contains(directory) else { return [] }
        let changed = try SystemCalls.makeDirectories(directory)
        self.knownDirectories.insert(directory)
        return changed
    }

    private func synchronizeDirectory(_ directory: String) throws {
        let isDurable = try SystemCalls.synchronizeDirectory(directory)
        if !isDurable && !self.saidNoDirectorySync {
            self.saidNoDirectorySync = true
            self.logger.notice(
                "this file system cannot make a directory durable on request; a power failure may undo the last renames, and the next run fetches those products again",
                metadata: ["directory": "\(directory)"]
            )
        }
    }

    private func record(_ entries: [ManifestEntry]) throws {
        try self.manifest.append(entries.flatMap { try $0.line() })
        try self.checksums.append(entries.flatMap { $0.checksumLine() })
    }

    /// Writes the lines that a killed commit left out. Call before anything else, under the run lock.
    func recover() throws {
        let entries = try self.journal.tail(64 << 20).split(separator: 10).compactMap { ManifestEntry(line: $0) }
        guard !entries.isEmpty else { return try self.journal.clear() }
        let manifest = Set(try self.manifest.tail(16 << 20).split(separator: 10).map { [UInt8]($0) })
        let checksums = Set(try self.checksums.tail(16 << 20).split(separator: 10).map { [UInt8]($0) })
        for entry in entries {
            guard try entry.matches(fileAt: self.project.path(of: entry.path)) else { continue }
            let line = try entry.line()
            if !manifest.contains([UInt8](line.dropLast())) { try self.manifest.append(line) }
            let checksum = entry.checksumLine()
            if !checksums.contains([UInt8](checksum.dropLast())) { try self.checksums.append(checksum) }
            self.logger.info("finished the record of a commit that was cut off", metadata: ["path": "\(entry.path)"])
        }
        try self.journal.clear()
    }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
