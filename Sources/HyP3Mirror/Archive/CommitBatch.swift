import Glibc
import Logging
import Synchronization
import SystemPackage

/// Gives proven products their names, several in one go so that they share the disk's flushes.
///
/// Order, and what a power failure between two steps leaves:
/// 1. data durable – staged bytes, fetched on;
/// 2. room taken for the lines of step 5, where the file system can, and journal durable – the same;
/// 3. names given, 4. directories durable – products in place; the next run writes their missing lines from the journal;
/// 5. manifest and checksum list durable, 6. journal emptied.
///
/// Where a step from 3 on fails, names may have been given that are in no record: the journal keeps them for the next run's
/// `recover`, and nothing more is committed that would empty it.
///
/// Blocks; used by one thread at a time.
final class CommitBatch: @unchecked Sendable {
    /// Files made durable at once.
    private static let synchronizers = 16
    /// While the disk is full and names are given already, those under way are waited for so long, which are refused, too,
    /// and then give way.
    private static let patience = Duration.seconds(5)
    private static let interval: useconds_t = 20_000

    let project: ProjectDirectory
    let journal: LineFile
    let manifest: LineFile
    let checksums: ChecksumList
    let logger: Logger
    private let stop: StopFlag
    /// Where a batch's part of the journal begins: before it stands what `recover` could not finish.
    var journalStart: Int64
    /// Why nothing more is committed.
    private var failure: (any Error)?
    private var knownDirectories: Set<String> = []
    private var saidNoDirectorySync = false

    /// - Parameter stop: ends the wait for the checksum list's lock.
    init(_ project: ProjectDirectory, logger: Logger, stop: StopFlag = StopFlag()) throws {
        self.project = project
        self.logger = logger
        self.stop = stop
        self.journal = try LineFile(project.journal)
        self.journalStart = self.journal.length
        self.manifest = try LineFile(project.manifest)
        self.checksums = ChecksumList(project: project, stop: stop)
        try self.checksums.create()
    }

    /// Commits each product; one that fails does not stop the others.
    func run(_ products: [StagedProduct]) -> [Result<Void, any Error>] {
        if let failure = self.failure { return products.map { _ in .failure(failure) } }
        var results = self.synchronizeData(products)
        let products = products.map { product in
            // By it a later verification tells bytes that rotted from bytes that somebody wrote.
            var product = product
            product.entry.modified = SystemCalls.modified(product.file.path)
            return product
        }
        var directories: Set<String> = []
        for index in products.indices where results[index].isSuccess {
            results[index] = Result { directories.formUnion(try self.prepareDirectory(of: products[index])) }
        }
        let ready = products.indices.filter { results[$0].isSuccess }
        do {
            let entries = ready.map { products[$0].entry }
            let lines = try entries.flatMap { try $0.line() }
            try self.keepRoom(lines.count, entries.reduce(0) { $0 + $1.checksumLine().count })
            try self.journal.append(lines)
        } catch {
            let error = NoNameGiven.naming(error)
            for index in ready { results[index] = .failure(error) }
            return results
        }
        for index in ready { results[index] = self.giveName(to: products[index], &directories) }
        do {
            for directory in directories.sorted() { try self.synchronizeDirectory(directory) }
            try self.record(ready.filter { results[$0].isSuccess }.map { products[$0] })
            guard self.failure == nil else { return results }
            try self.journal.cut(to: self.journalStart)
        } catch {
            let error = self.trouble(error)
            self.failure = error
            for index in results.indices where results[index].isSuccess { results[index] = .failure(error) }
            return results
        }
        for index in ready where results[index].isSuccess { self.removeRecord(of: products[index]) }
        return results
    }

    /// A name that is given wants its lines: where they will not fit, none is given.
    private func keepRoom(_ manifest: Int, _ checksums: Int) throws {
        do {
            try self.manifest.reserve(manifest)
            try self.checksums.reserve(checksums)
        } catch let error as FilesystemError where !error.isShortage {
            // Whether lines can be written is seen when they are.
        }
    }

    private func giveName(to product: StagedProduct, _ directories: inout Set<String>) -> Result<Void, any Error> {
        let target = self.project.path(of: product.entry.path)
        do {
            try SystemCalls.renameWithoutReplacing(product.file.path, to: target)
            directories.insert(SystemCalls.parent(of: target))
            return .success(())
        } catch {
            // Somebody may have removed it since it was made.
            self.knownDirectories.remove(SystemCalls.parent(of: target))
            guard let trouble = self.doubt(error, about: product, target) else { return .failure(error) }
            self.failure = trouble
            return .failure(trouble)
        }
    }

    /// What to say where a rename that was answered with an error may have happened all the same: a server that lost its
    /// answer says of the second try that the source is gone, or that the name is taken. Nil where it surely did not.
    private func doubt(_ error: any Error, about product: StagedProduct, _ target: String) -> (any Error)? {
        guard let error = error as? FilesystemError else { return error }
        switch error.errno {
        case .noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .permissionDenied, .notPermitted: return nil
        default: break
        }
        let staged = Result { try SystemCalls.kind(of: product.file.path) }
        if error.concernsOneName, case .success(.file) = staged { return nil }
        // Gone from both places: somebody has swept it, and it is fetched again.
        if error.errno == .noSuchFileOrDirectory, case .success(nil) = staged,
            case .success(nil) = Result(catching: { try SystemCalls.kind(of: target) })
        {
            return nil
        }
        return self.trouble(error)
    }

    /// The error as one that ends the run, whatever it is about: no other product can be committed after it.
    private func trouble(_ error: any Error) -> any Error {
        guard let error = error as? FilesystemError, error.concernsOneName else { return error }
        return FilesystemError("finish the commit", error.path, .ioError, cure: "The cause: \(error.errno).")
    }

    /// What a finished product leaves in staging is swept away by the next run, too.
    private func removeRecord(of product: StagedProduct) {
        do {
            try product.file.removeRecord()
        } catch {
            self.logger.notice("\(error)")
        }
    }

    private func synchronizeData(_ products: [StagedProduct]) -> [Result<Void, any Error>] {
        let results = Mutex([Result<Void, any Error>](repeating: .success(()), count: products.count))
        let next = Atomic<Int>(0)
        // Side by side: the file system then shares its journal's and the disk's flushes among them. One after the other
        // 64 files of 256 KiB took 300 ms on ext4, with 16 at once 13 ms.
        runOnThreads(min(products.count, Self.synchronizers)) {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < products.count else { return }
                let result = Result<Void, any Error> { try products[index].file.synchronize() }
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { $0 }
    }

    /// Makes the product's directory.
    /// - Returns: directories with a new entry.
    private func prepareDirectory(of product: StagedProduct) throws -> [String] {
        let directory = SystemCalls.parent(of: self.project.path(of: product.entry.path))
        guard !self.knownDirectories.contains(directory) else { return [] }
        let below = SystemCalls.parent(of: product.entry.path)
        let changed = try SystemCalls.makeDirectories(below == "." ? "" : below, below: self.project.root)
        self.knownDirectories.insert(directory)
        return changed
    }

    func synchronizeDirectory(_ directory: String) throws {
        let isDurable = try SystemCalls.synchronizeDirectory(directory)
        if !isDurable && !self.saidNoDirectorySync {
            self.saidNoDirectorySync = true
            self.logger.notice(
                "this file system cannot make a directory durable on request; a power failure may undo the last renames, and the next run fetches those products again",
                metadata: ["directory": "\(directory)"]
            )
        }
    }

    private func record(_ products: [StagedProduct]) throws {
        let lines = try products.flatMap { try $0.entry.line() }
        try self.findingRoom(products) { try self.manifest.append(lines) }
        try self.findingRoom(products) { try self.checksums.append(products.flatMap { $0.entry.checksumLine() }) }
    }

    /// Does `add`; on a disk that is full, once something has given way.
    private func findingRoom(_ products: [StagedProduct], _ add: () throws -> Void) throws {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do {
                return try add()
            } catch let error as FilesystemError where error.isShortage {
                if try products.first?.relieve() == true { continue }
                guard ContinuousClock.now < deadline, !self.stop.isRaised else { throw error }
                usleep(Self.interval)
            }
        }
    }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
