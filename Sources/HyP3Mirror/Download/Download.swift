package import Checksums

/// Brings one object from its URL into its staged file, with its digests; as often as it is tried.
///
/// All of it runs on the product's lane: what the connections bring, what `DownloadState` decides, the writing, and the
/// order of the digests. Where bytes are: in a connection's buffer, then here to be written, then with the digests, from
/// where the buffer goes back to the connection's grant.
package actor Download {
    private nonisolated let lane = Lane()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { self.lane.asUnownedSerialExecutor() }

    package nonisolated let file: StagedFile
    nonisolated let meter: TransferMeter
    private let origin: Origin
    private let requester: ObjectRequester
    private let expectation: ObjectExpectation
    private let services: DownloadServices
    private let room: StagingRoom.Claim

    // Of the object.
    private var head: ObjectHead?
    private var feed: DigestFeed?
    private var feeds = 0
    private var isDividable = true
    private var wasEncoded = false

    // Of the attempt.
    private var state = DownloadState(nil)
    private var grants: [Int: Grant] = [:]
    private var connections: [Int: Connection] = [:]
    private var nextID = 0
    private var wish: UInt64?
    private var received: Int64 = 0
    private var usesFreshConnections = false
    private var outcome: Result<Void, any Error>?
    private var orders: AsyncStream<Order>.Continuation?

    private enum Order: Sendable {
        case ask(Connection)
        case stopAll
    }

    /// - Parameters:
    ///   - name: for a display.
    ///   - room: of the disk, for what is staged.
    /// - Throws: `FetchFailure` where the URL is none.
    package init(
        _ name: String = "",
        url: String,
        into file: StagedFile,
        expecting expectation: ObjectExpectation,
        services: DownloadServices,
        in room: StagingRoom.Claim
    ) throws {
        self.file = file
        self.meter = TransferMeter(file: name)
        self.expectation = expectation
        self.services = services
        self.room = room
        self.requester = ObjectRequester(url: url, services)
        do {
            self.origin = try HTTPURL(url).origin
        } catch {
            throw FetchFailure(.permanent, "its URL \(error.advice)")
        }
    }

    // MARK: An attempt

    /// What one attempt came to.
    package struct Attempt: Sendable {
        /// The object, whole; or `FetchFailure`, `NoRoom`, `FilesystemError`, `CancellationError`.
        package var result: Result<Assembled, any Error>
        /// Bytes that came over the network.
        package var received: Int64
        /// Bytes that were staged before and did not have to.
        package var resumed: Int64
    }

    /// Fetches what is missing.
    ///
    /// - Parameter overFreshConnections: another way than the bytes before.
    package func attempt(overFreshConnections: Bool = false) async -> Attempt {
        self.received = 0
        self.usesFreshConnections = overFreshConnections
        let (orders, continuation) = AsyncStream<Order>.makeStream()
        self.orders = continuation
        self.outcome = nil
        do {
            let grant = try await self.services.budget.connection(to: self.origin)
            self.start(grant)
            // A group that is not asked for results keeps each task's memory to its end, unless it discards them.
            await withDiscardingTaskGroup { group in
                for await order in orders {
                    switch order {
                    case .ask(let connection): group.addTask { await self.carry(connection) }
                    case .stopAll: group.cancelAll()
                    }
                }
                // Where the task was cancelled, what still comes in ends here.
                self.state.abandon()
            }
            self.close()
            try Task.checkCancellation()
            try (self.outcome ?? .failure(CancellationError())).get()
            return Attempt(result: .success(try self.assembled()), received: self.received, resumed: self.state.resumed)
        } catch {
            self.close()
            return Attempt(result: .failure(error), received: self.received, resumed: self.state.resumed)
        }
    }

    private func start(_ grant: Grant) {
        self.services.traffic.begin(self.meter)
        let id = self.add(grant)
        self.attempting {
            self.state = DownloadState(try self.resume(), isDividable: self.isDividable)
            self.perform(self.state.granted(id, width: self.width))
            self.digestNext()
        }
    }

    /// Leaves nothing that anybody else waits for.
    private func close() {
        self.state.abandon()
        if let wish = self.wish { self.services.budget.withdraw(wish) }
        self.wish = nil
        for grant in self.grants.values { grant.release() }
        self.grants = [:]
        self.connections = [:]
        self.orders?.finish()
        self.orders = nil
    }

    private func assembled() throws -> Assembled {
        guard let head = self.head, let feed = self.feed else {
            throw FetchFailure(.transient(retryAfter: nil), "nothing was received")
        }
        self.feed = nil
        return Assembled(
            evidence: head.evidence,
            announced: head.total ?? head.listedSize,
            doubt: head.listedSize == nil ? head.doubt : nil,
            digests: try feed.digests.finish()
        )
    }

    /// Goes on with what an earlier attempt or run has staged; what an earlier run has is digested anew.
    private func resume() throws -> Remainder? {
        guard let record = self.file.resumable else { return nil }
        let remainder = Remainder(record)
        try self.room.admit(total: record.header.total)
        // An attempt that broke off in this very run has digested what it staged.
        if self.feed == nil {
            let (evidence, total) = (record.header.evidence, record.header.total)
            let head = ObjectHead(
                evidence: evidence,
                total: total,
                listedSize: self.expectation.listedSize(of: evidence)
            )
            guard head.listedSize == nil || head.listedSize == total else {
                try self.dropStaged()
                return nil
            }
            try self.begin(head, present: record.spans { $0 != .nothing })
        }
        self.meter.begin(total: remainder.total, staged: remainder.present)
        return remainder
    }

    private func begin(_ head: ObjectHead, present: [Range<Int64>]) throws {
        self.forget()
        self.feeds += 1
        self.feed = try DigestFeed(
            number: self.feeds,
            ProofPlan(head.evidence, total: head.total ?? -1).kinds,
            present: present
        )
        self.head = head
    }

    /// The digests of the object so far may still be at its buffers, but are of no use.
    private func forget() {
        self.feed?.abandon()
        self.feed = nil
        self.head = nil
    }

    // MARK: What happens

    /// Runs `body` on the lane, after all that was posted before. Any thread; does not wait.
    nonisolated func post(_ body: @escaping @Sendable (isolated Download) -> Void) {
        self.lane.async { self.assumeIsolated { body($0) } }
    }

    private func add(_ grant: Grant) -> Int {
        self.nextID += 1
        self.grants[self.nextID] = grant
        return self.nextID
    }

    private func granted(_ grant: Grant) {
        self.wish = nil
        guard self.orders != nil else { return grant.release() }
        let id = self.add(grant)
        self.perform(self.state.granted(id, width: self.width))
    }

    func head(_ id: Int, _ answer: Answer) {
        self.perform(self.state.head(id, answer, width: self.width))
    }

    func chunk(_ buffer: ChunkBuffer, at offset: Int64, from connection: Connection) {
        defer { connection.written() }
        let range = offset..<offset + Int64(buffer.count)
        guard self.connections[connection.id] === connection,
            self.state.bytes(connection.id, range) == [.write]
        else { return buffer.giveBack() }
        self.attempting {
            do {
                try self.write(buffer, at: offset)
            } catch {
                buffer.giveBack()
                throw error
            }
            self.received += Int64(range.count)
            self.meter.add(range.count)
            if self.feed?.take(buffer, at: offset) != true { buffer.giveBack() }
            self.perform(self.state.written(connection.id, range, width: self.width))
            self.digestNext()
            self.checkpointIfDue()
        }
    }

    private func write(_ buffer: ChunkBuffer, at offset: Int64) throws {
        if offset == 0, self.head?.listedSize == nil, Answer.isPage(buffer.bytes), !self.expectation.isPage {
            throw FetchFailure(.corrupt, "a page (HTML) came in place of the product")
        }
        try self.room.writing(Int64(buffer.count)) { try self.file.write(buffer.bytes, at: offset) }
    }

    private func ended(_ connection: Connection, _ ending: DownloadState.Ending) {
        self.received += connection.wasted
        self.connections[connection.id] = nil
        let isWanted = self.services.budget.isWanted(self.origin)
        self.perform(self.state.ended(connection.id, ending, isWanted: isWanted, width: self.width))
        if self.outcome != nil { self.finishIfIdle() }
    }

    /// What is not the service's doing ends the attempt.
    private func attempting(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            if self.outcome == nil { self.outcome = .failure(error) }
            self.state.abandon()
            self.orders?.yield(.stopAll)
            self.finishIfIdle()
        }
    }

    private func finishIfIdle() {
        if self.connections.isEmpty { self.orders?.finish() }
    }

    // MARK: What is done

    private var width: Int { self.services.budget.width(self.origin) }

    private func perform(_ actions: [DownloadState.Action]) {
        for action in actions {
            switch action {
            case .request(let id, let question): self.request(id, question)
            case .begin(let head): self.attempting { try self.begin(head) }
            case .write: break
            case .limit(let id, let end): self.connections[id]?.limit(to: end)
            case .stop(let id): self.connections[id]?.stop()
            case .stopAll: self.orders?.yield(.stopAll)
            case .release(let id, let rests): self.grants.removeValue(forKey: id)?.release(rests: rests)
            case .fail(let failure): self.end(.failure(failure))
            case .done: self.end(.success(()))
            }
        }
        self.isDividable = self.state.isDividable
        self.wishIfUseful()
    }

    private func end(_ outcome: Result<Void, any Error>) {
        if self.outcome == nil { self.outcome = outcome }
        self.orders?.finish()
    }

    private func request(_ id: Int, _ question: ObjectQuestion) {
        guard let grant = self.grants[id] else { return }
        let connection = Connection(
            id,
            question,
            isFresh: self.usesFreshConnections,
            grant: grant,
            download: self,
            expecting: self.expectation,
            traffic: self.services.traffic
        )
        self.connections[id] = connection
        self.orders?.yield(.ask(connection))
    }

    private nonisolated func carry(_ connection: Connection) async {
        let ending: DownloadState.Ending
        do {
            ending = try await self.requester.ask(connection) ? .complete : .stopped
        } catch let failure as FetchFailure {
            ending = .failed(failure)
        } catch {
            ending = .stopped
        }
        await self.ended(connection, self.judged(ending, connection.answer))
    }

    /// A coding that comes a second time will come again.
    private func judged(_ ending: DownloadState.Ending, _ answer: Answer?) -> DownloadState.Ending {
        guard case .failed(var failure) = ending, case .encoded = answer else { return ending }
        defer { self.wasEncoded = true }
        if self.wasEncoded { failure.kind = .permanent }
        return .failed(failure)
    }

    private func begin(_ head: ObjectHead) throws {
        try self.dropStaged()
        try self.room.admit(total: head.total)
        self.meter.begin(total: head.total ?? head.listedSize, staged: 0)
        // What is in doubt now would be taken for sure when it is gone on with.
        if let total = head.total, head.doubt == nil || head.listedSize != nil {
            try self.room.writing(0) {
                try self.file.begin(total: total, evidence: head.evidence, boot: self.services.boot)
            }
        }
        try self.begin(head, present: [])
    }

    private func dropStaged() throws {
        self.meter.begin(total: nil, staged: 0)
        try self.file.discard()
        self.room.dropped()
    }

    private func wishIfUseful() {
        let isUseful = self.orders != nil && self.state.wantsConnection(width: self.width)
        if isUseful, self.wish == nil {
            self.wish = self.services.budget.wish(for: self.origin) { grant in self.post { $0.granted(grant) } }
        } else if !isUseful, let wish = self.wish {
            self.services.budget.withdraw(wish)
            self.wish = nil
        }
    }

    // MARK: Digests

    private func digestNext() {
        self.digesting {
            guard let feed = self.feed, let next = try self.feed?.next(from: self.file) else { return }
            switch next {
            case .digest(let buffers): self.digest(feed, buffers)
            case .reached(let end): self.perform(self.state.digested(to: end))
            case .wait: break
            }
        }
    }

    private func digest(_ feed: DigestFeed, _ buffers: [ChunkBuffer]) {
        let number = feed.number
        self.services.crew.add(
            DigestCrew.Work(digests: feed.digests, buffers: buffers) { result in
                for buffer in buffers { buffer.giveBack() }
                self.post { $0.digested(result, number) }
            }
        )
    }

    private func digested(_ result: Result<Void, any Error>, _ number: Int) {
        guard number == self.feed?.number else { return }
        self.feed?.returned()
        self.digesting {
            try result.get()
            self.digestNext()
        }
    }

    /// Bytes that could not be digested are missing in all that would follow.
    private func digesting(_ body: () throws -> Void) {
        self.attempting {
            do {
                try body()
            } catch {
                self.forget()
                throw error
            }
        }
    }

    // MARK: The staged file

    /// Beside the lane: a slow disk then holds up the record and not the chunks.
    private func checkpointIfDue() {
        guard let checkpoint = self.file.beginCheckpoint() else { return }
        Lane.aside {
            let flushed = Result { try checkpoint.flush() }
            self.post { download in
                download.attempting {
                    try flushed.get()
                    try download.file.end(checkpoint)
                }
            }
        }
    }

    /// Drops what is staged.
    package func discard() throws {
        self.forget()
        try self.dropStaged()
    }

    /// Runs `work` on the lane, after all that was given before.
    package func onLane<R: Sendable>(_ work: @Sendable () throws -> R) async throws -> R { try work() }

    /// Digests the staged bytes once more, for kinds that were not thought of before.
    package func digestAgain(_ kinds: Set<DigestSet.Kind>) async throws -> DigestSet.Results {
        let digests = try DigestSet(kinds)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            try Task.checkCancellation()
            let count = try self.file.read(into: buffer, at: offset)
            if count == 0 { return try digests.finish() }
            try digests.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
    }
}
