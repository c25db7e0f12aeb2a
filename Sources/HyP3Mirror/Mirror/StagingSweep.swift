import FoundationEssentials
import Glibc
import SystemPackage

/// Clears staged bytes that no later run will go on with: those of the run's own part of the jobs, and those that parts of
/// another count, or the whole, have left behind.
///
/// What another part has of a product that this run is to fetch is taken over.
struct StagingSweep {
    let project: ProjectDirectory
    /// By this machine's clock, which also dates its files.
    let now: Date

    /// A staged file that no plan has named for so long is given up; HyP3 keeps most products 14 days.
    private static let patience: TimeInterval = 30 * 86400

    /// Removes what belongs to no product the plan fetches, unless the plan, of a narrower window than the one before, says
    /// nothing about it and it is still young. Blocks; call under the run lock.
    ///
    /// - Returns: what stays, by the path of its data.
    @discardableResult
    func run(plan: Plan) throws -> [String: RoomLedger.Idle] {
        let others = try self.project.parts(with: "partial", ending: "").filter { self.isForeign($0) }
        let own = try self.staged(in: self.project)
        let staged = try others.reduce(into: own) { try $0.formUnion(self.staged(in: $1)) }
        // A plan may have a million products; only what is staged of them is kept in memory.
        var wanted: [String: Urgency] = [:]
        if !staged.isEmpty {
            for product in plan.products([.fetch]).lazy.map(\.product) {
                let name = try self.project.stagedName(path: product.path, url: product.url)
                if staged.contains(name) || staged.contains(name + StagedFile.recordSuffix) {
                    wanted[name] = product.urgency
                }
            }
        }
        try self.remove(own.filter { wanted[Self.dataName($0)] == nil }, from: self.project)
        for other in others { try self.withSoleUse(of: other) { try self.clear(other, wanted: Set(wanted.keys)) } }
        return try self.idle(wanted)
    }

    /// What is staged, by the path of its data; nothing is removed. Blocks; call under the run lock.
    ///
    /// - Parameter products: those that are about to be fetched.
    func look(for products: [Product]) throws -> [String: RoomLedger.Idle] {
        var wanted: [String: Urgency] = [:]
        for product in products {
            wanted[try self.project.stagedName(path: product.path, url: product.url)] = product.urgency
        }
        return try self.idle(wanted)
    }

    private func idle(_ wanted: [String: Urgency]) throws -> [String: RoomLedger.Idle] {
        var idle: [String: RoomLedger.Idle] = [:]
        for name in Set(try self.staged(in: self.project).map(Self.dataName)) {
            let path = "\(self.project.staging)/\(name)"
            let record = try SystemCalls.contents(of: path + StagedFile.recordSuffix).flatMap {
                ResumeRecord(parsing: $0, boot: "")
            }
            idle[path] = RoomLedger.Idle(
                urgency: wanted[name] ?? .none(record?.header.path ?? name),
                bytes: try SystemCalls.allocated(at: path),
                total: record?.header.total
            )
        }
        return idle
    }

    /// Names of our own form; what others put there – indexes, thumbnails – is left alone.
    private func staged(in part: ProjectDirectory) throws -> Set<String> {
        Set(try SystemCalls.names(in: part.staging).filter { ProjectDirectory.isStagedName(Self.dataName($0)) })
    }

    /// The name of the data that a name stands for: its own, or the one that a record belongs to.
    private static func dataName(_ name: String) -> String {
        let endings = [StagedFile.recordSuffix, StagedFile.recordSuffix + StagedFile.copySuffix]
        guard let ending = endings.first(where: { name.hasSuffix($0) }) else { return name }
        return String(name.dropLast(ending.count))
    }

    /// Parts of the same count are at work beside this one, or will be again; a whole run works alone.
    private func isForeign(_ other: ProjectDirectory) -> Bool {
        other != self.project && (self.project.shard == nil || other.shard?.count != self.project.shard?.count)
    }

    /// Runs `body` unless a run of the other part is at work.
    private func withSoleUse(of other: ProjectDirectory, _ body: () throws -> Void) throws {
        // This run's own lock holds off whole runs, and a whole run's all others.
        guard self.project.shard != nil, other.shard != nil else { return try body() }
        let holder = RunLockHolder(started: self.now, command: "hyp3-mirror sync, clearing what \(other.staging) holds")
        let lock: RunLock
        do {
            lock = try RunLock(FilePath(other.lock), holder: holder)
        } catch .busy {
            return
        }
        defer { lock.release() }
        try body()
    }

    private func clear(_ other: ProjectDirectory, wanted: Set<String>) throws {
        // A commit that was cut off needs its staged files; the next run of that part, or a whole one, finishes it.
        guard try SystemCalls.contents(of: other.journal)?.isEmpty ?? true else { return }
        var leftovers = try self.staged(in: other)
        for name in leftovers.intersection(wanted) where try self.takeOver(name, from: other) {
            leftovers.subtract([name, name + StagedFile.recordSuffix])
        }
        try self.remove(leftovers, from: other)
        // Fails while something is left in it.
        rmdir(other.staging)
    }

    /// Moves data and record of a product into this part, where it has none yet.
    private func takeOver(_ name: String, from other: ProjectDirectory) throws -> Bool {
        let (source, target) = ("\(other.staging)/\(name)", "\(self.project.staging)/\(name)")
        guard try SystemCalls.kind(of: target) == nil, try self.isWorthKeeping(source) else { return false }
        do {
            try SystemCalls.replace(target, with: source)
            try SystemCalls.replace(target + StagedFile.recordSuffix, with: source + StagedFile.recordSuffix)
        } catch let error as FilesystemError where error.errno == .noSuchFileOrDirectory {
            // A run of yet another part was faster; data without its record is dropped when it is opened.
        }
        return true
    }

    private func remove(_ names: Set<String>, from part: ProjectDirectory) throws {
        for name in names {
            let data = "\(part.staging)/\(Self.dataName(name))"
            if try self.isWorthKeeping(data) { continue }
            do {
                try SystemCalls.remove("\(part.staging)/\(name)")
            } catch let error as FilesystemError where error.concernsOneName {
                // A directory of that name, or a file that only its owner may remove: it is in nobody's way.
            }
        }
    }

    private func isWorthKeeping(_ data: String) throws -> Bool {
        guard let bytes = try SystemCalls.contents(of: data + StagedFile.recordSuffix),
            let record = ResumeRecord(parsing: bytes, boot: ""),
            try SystemCalls.kind(of: self.project.path(of: record.header.path)) == nil,
            let changed = try SystemCalls.modificationTime(of: data)
        else { return false }
        return self.now.timeIntervalSince(changed) < Self.patience
    }
}
