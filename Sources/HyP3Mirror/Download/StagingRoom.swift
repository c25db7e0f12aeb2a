import Synchronization

/// The room that the disk of the archive has for staged bytes, given out before the bytes come: what is begun can end. Any
/// thread.
///
/// The disk is read about once a second, and whenever what is known of it does not do; between two readings the ledger
/// reckons.
package final class StagingRoom: Sendable {
    private let ledger: Mutex<RoomLedger>
    private let readAt: Mutex<ContinuousClock.Instant>
    /// Held while the disk is read and room is made, by those alone for whom there is none at hand: two of them would give up
    /// the same bytes twice.
    private let search = Mutex(())
    private let look: @Sendable () -> DiskSpace?
    private let remove: @Sendable (String) throws -> Void
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Others write to the disk, too.
    private static let freshness = Duration.seconds(1)
    /// Room that a product of unknown length is given at a time, in bytes.
    private static let step: Int64 = 8 << 20

    /// Blocks.
    ///
    /// - Parameters:
    ///   - reserve: bytes that must stay free.
    ///   - idle: what earlier runs have staged, by its path.
    ///   - look: reads the disk; nil where it does not say.
    ///   - remove: removes what is staged at a path.
    ///   - now: to tell how old a reading is.
    init(
        reserve: Int64,
        idle: [String: RoomLedger.Idle] = [:],
        look: @escaping @Sendable () -> DiskSpace?,
        remove: @escaping @Sendable (String) throws -> Void = { try StagedFile.remove($0) },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.ledger = Mutex(RoomLedger(reserve: reserve, idle: idle))
        self.readAt = Mutex(now())
        self.look = look
        self.remove = remove
        self.now = now
        self.read()
    }

    /// The part of the room that one product has while it is under way.
    package final class Claim: Sendable {
        private let room: StagingRoom
        private let path: String
        /// Where the product is to go, for messages.
        private let target: String

        fileprivate init(_ room: StagingRoom, _ path: String, target: String) {
            self.room = room
            self.path = path
            self.target = target
        }

        /// An object begins, or is gone on with. Blocks.
        /// - Parameter total: its bytes; nil where they are not announced.
        /// - Throws: `FetchFailure` for what no disk of this size can hold, `NoRoom`, `FilesystemError`.
        func admit(total: Int64?) throws {
            guard let total else { return self.room.ledger.withLock { $0.open(self.path) } }
            if let size = self.room.ledger.withLock({ $0.space?.size }), total > size {
                throw FetchFailure(
                    .permanent,
                    "\(ByteText.decimal(total)) are announced, and the whole file system of the archive has "
                        + "\(ByteText.decimal(size))"
                )
            }
            if let shortage = try self.room.reserve(total, at: self.path) { throw self.noRoom(shortage) }
        }

        /// Does `body`, which writes that many bytes, once there is room for them; what expires later makes room where the
        /// disk refuses them all the same. Blocks.
        /// - Throws: `NoRoom`, and what `body` throws.
        func writing(_ count: Int64, _ body: () throws -> Void) throws {
            if let shortage = try self.room.begin(writing: count, to: self.path) { throw self.noRoom(shortage) }
            var isWritten = false
            defer {
                self.room.ledger.withLock { $0.end(writing: count, to: self.path, isWritten: isWritten) }
            }
            while !isWritten {
                do {
                    try body()
                    isWritten = true
                } catch let error as FilesystemError where error.isShortage {
                    guard try self.relieve() else { throw self.noRoom(after: error) }
                }
            }
        }

        /// The disk refuses what by the ledger fits: removes what expires last. Blocks.
        /// - Returns: false where there is nothing to be removed.
        func relieve() throws -> Bool { try self.room.relieve(self.path) }

        /// The disk refuses the lines of products that have their names: removes what expires last, whenever that is. Blocks.
        /// - Returns: as `relieve`.
        package func relieveRecords() throws -> Bool { try self.room.relieve(nil) }

        /// What was staged is dropped.
        func dropped() { self.room.ledger.withLock { $0.dropped(self.path) } }

        /// The product is not under way any more.
        /// - Parameter isStaged: what it has on the disk is kept for later.
        func giveBack(isStaged: Bool) {
            self.room.ledger.withLock { $0.end(self.path, isStaged: isStaged) }
        }

        /// What to say of an error that the disk gave for want of room. Blocks.
        func noRoom(after error: FilesystemError) -> NoRoom {
            self.room.read()
            let shortage = self.room.ledger.withLock { $0.shortage(at: self.path) }
            return NoRoom(path: self.target, shortage: shortage, refusal: error.errno)
        }

        fileprivate func noRoom(_ shortage: RoomLedger.Shortage) -> NoRoom {
            NoRoom(path: self.target, shortage: shortage, refusal: nil)
        }
    }

    // MARK: Products

    /// A product is begun: gives it room, if it is known how much it needs.
    ///
    /// - Parameters:
    ///   - path: of its staged file.
    ///   - target: where it is to go, for messages.
    ///   - size: its bytes, as far as its bucket lists it.
    /// - Throws: `NoRoom`, `FilesystemError`.
    func claim(_ path: String, _ urgency: Urgency, target: String, size: Int64?) async throws -> Claim {
        let claim = Claim(self, path, target: target)
        let isDone =
            self.isFresh
            && self.ledger.withLock { ledger -> Bool in
                guard !ledger.isLeaving(path) else { return false }
                let total = Self.known(size, path, ledger)
                ledger.begin(path, urgency)
                if total.map({ ledger.grant($0, to: path) }) ?? true { return true }
                ledger.end(path, isStaged: true)
                return false
            }
        if isDone { return claim }
        return try await Lane.run {
            // Whoever removes what is staged there has done so then.
            self.search.withLock { _ in }
            let total = self.ledger.withLock { ledger in
                let total = Self.known(size, path, ledger)
                ledger.begin(path, urgency)
                return total
            }
            guard let total else { return claim }
            do {
                if let shortage = try self.reserve(total, at: path) { throw claim.noRoom(shortage) }
                return claim
            } catch {
                claim.giveBack(isStaged: true)
                throw error
            }
        }
    }

    /// Bytes of the product, where that is worth reckoning with: what no disk holds is for its answer to say.
    private static func known(_ size: Int64?, _ path: String, _ ledger: RoomLedger) -> Int64? {
        guard let total = ledger.total(ofIdle: path) ?? size, (0...Answer.largestObject).contains(total) else {
            return nil
        }
        return total <= ledger.space?.size ?? .max ? total : nil
    }

    private var isFresh: Bool { self.readAt.withLock { $0 }.duration(to: self.now()) < Self.freshness }

    /// - Returns: nil where there is room.
    private func reserve(_ bytes: Int64, at path: String, isOpen: Bool = false) throws -> RoomLedger.Shortage? {
        if self.isFresh, self.ledger.withLock({ $0.grant(bytes, to: path, isOpen: isOpen) }) { return nil }
        return try self.search.withLock { _ in
            while true {
                self.read()
                switch self.ledger.withLock({ $0.makeRoom(for: bytes, at: path, isOpen: isOpen) }) {
                case .granted: return nil
                case .remove(let staged): try self.clear(staged)
                case .short(let shortage): return shortage
                }
            }
        }
    }

    private func begin(writing count: Int64, to path: String) throws -> RoomLedger.Shortage? {
        if !self.isFresh { try self.review() }
        while true {
            switch self.ledger.withLock({ $0.begin(writing: count, to: path) }) {
            case .granted: return nil
            case .revoked: return self.ledger.withLock { $0.shortage(at: path) }
            case .wanted(let end):
                if self.isFresh, self.ledger.withLock({ $0.grant(end + Self.step, to: path, isOpen: true) }) {
                    continue
                }
                if let shortage = try self.reserve(end, at: path, isOpen: true) { return shortage }
            }
        }
    }

    private func relieve(_ path: String?) throws -> Bool {
        try self.search.withLock { _ in
            guard let staged = self.ledger.withLock({ $0.relieve(path) }) else { return false }
            try self.clear(staged)
            return true
        }
    }

    // MARK: The disk

    private func read() {
        let mark = self.ledger.withLock { $0.mark }
        let space = self.look()
        self.ledger.withLock { $0.read(space, mark: mark) }
        self.readAt.withLock { $0 = self.now() }
    }

    /// Sees whether what was promised is still there; once a second, and by one thread.
    private func review() throws {
        _ = try self.search.withLockIfAvailable { _ in
            self.read()
            while let staged = self.ledger.withLock({ $0.settle() }) {
                try self.clear(staged)
                self.read()
            }
        }
    }

    private func clear(_ path: String) throws {
        defer { self.ledger.withLock { $0.removed(path) } }
        do {
            try self.remove(path)
        } catch let error as FilesystemError where error.concernsOneName {
            // It stays, and others make room.
        }
    }
}
