import CCurl
import CurlShim
import Synchronization

/// Runs HTTP transfers, many at once, on one thread of its own over `curl_multi`.
///
/// Connections, DNS answers and TLS sessions are kept and shared. Redirects are not followed. Open one with
/// `withTransferEngine`, whose thread has ended when that returns.
package actor TransferEngine: HTTPClient {
    private nonisolated let thread: CurlThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }

    private let requestCount = Atomic<Int>(0)
    /// Transfers begun so far, whatever became of them. Any thread.
    package nonisolated var requests: Int { self.requestCount.load(ordering: .relaxed) }

    private let received = ByteCounter()
    /// Bytes of heads and bodies received so far, of whatever transfer. Any thread.
    package nonisolated var receivedBytes: Int64 { self.received.value }

    private let fastestConnect = Atomic<Int>(0)
    /// Seconds that the quickest TCP connection of this engine took to come about; nil before the first. Any thread.
    package nonisolated var latency: Double? {
        let microseconds = self.fastestConnect.load(ordering: .relaxed)
        return microseconds > 0 ? Double(microseconds) / 1e6 : nil
    }

    private let options: TransferOptions
    private let share: UnsafeMutableRawPointer?
    private let limiter = RateLimiter()
    private var active: [UInt64: ActiveTransfer] = [:]
    private var nextID: UInt64 = 0
    private var isClosed = false

    private init(options: TransferOptions) throws {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else {
            throw TransferError(code: .internalError, message: "libcurl could not be initialised")
        }
        self.options = options
        self.thread = CurlThread(multi: multi)
        // In libcurl 7.88 each easy handle has a TLS session cache of its own unless they share one (libcurl-share(3)).
        self.share = curl_share_init()
        if let share = self.share { _ = shim_share_lock_data(share, CURL_LOCK_DATA_SSL_SESSION) }
        _ = shim_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, options.keptConnections)
    }

    /// Opens an engine, which goes on until it is stopped.
    ///
    /// - Throws: `TransferError` when libcurl or the system has no handle or thread to give.
    package static func open(_ options: TransferOptions) throws -> TransferEngine {
        let engine = try TransferEngine(options: options)
        try engine.start()
        return engine
    }

    private nonisolated func start() throws {
        try self.thread.start(
            turn: { self.assumeIsolated { $0.turn() } },
            end: { self.assumeIsolated { $0.close() } }
        )
    }

    /// Cancels what still runs, and returns when the thread is gone with all that libcurl held.
    package nonisolated func stop() async { await self.thread.stop() }

    /// Limits the bytes a second of all bodies together; nil lifts the limit.
    package func limitRate(_ bytesPerSecond: Int64?) {
        self.limiter.set(bytesPerSecond)
    }

    /// Runs one transfer to its end.
    /// - Throws: `TransferError`; code `.cancelled` when the task is cancelled, within one turn of the loop.
    package func transfer(_ request: HTTPRequest, into sink: any BodySink) async throws -> TransferSummary {
        let id = self.nextID
        self.nextID += 1
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.begin(id, request, sink) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            // Even when it comes before `begin`, the turn that reads it comes after.
            self.thread.post(.cancel(id))
        }
        return try result.get()
    }

    package nonisolated func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse {
        let sink = CollectingSink(limit: bodyLimit)
        let summary = try await self.transfer(request, into: sink)
        guard let body = sink.body else {
            throw TransferError(
                code: .bodyTooLarge,
                message: "\(TransferError.host(of: request.url)): the answer is longer than \(bodyLimit) bytes"
            )
        }
        return HTTPResponse(head: summary.head, body: body)
    }

    nonisolated func resume(_ id: UInt64) {
        self.thread.post(.resume(id))
    }

    nonisolated func cancelTransfer(_ id: UInt64) {
        self.thread.post(.cancel(id))
    }

    // MARK: On the transfer thread

    private func begin(
        _ id: UInt64,
        _ request: HTTPRequest,
        _ sink: any BodySink,
        finish: @escaping (Result<TransferSummary, TransferError>) -> Void
    ) {
        guard !self.isClosed, !Task.isCancelled else {
            return finish(.failure(TransferError(code: .cancelled, message: "cancelled")))
        }
        do {
            // Never one that was used before: libcurl 7.88 keeps a pointer to the last header of the answer before, and
            // writes through it when the next answer's first header line begins with a space (lib/headers.c). What costs
            // time to make, connections, names and TLS sessions, lives in the multi and in the share.
            let easy = try EasyHandle()
            let transfer = ActiveTransfer(
                id: id,
                easy: easy,
                url: request.url,
                sink: sink,
                control: TransferControl(id: id, engine: self),
                limiter: self.limiter,
                counter: self.received,
                finish: finish
            )
            try self.prepare(transfer, request)
            let code = curl_multi_add_handle(self.thread.multi, easy.raw)
            guard code == CURLM_OK else {
                throw TransferError(code: .internalError, message: String(cString: curl_multi_strerror(code)))
            }
            self.active[id] = transfer
            self.requestCount.wrappingAdd(1, ordering: .relaxed)
        } catch let error as TransferError {
            finish(.failure(error))
        } catch {
            finish(.failure(TransferError(code: .internalError, message: "\(error)")))
        }
    }

    private func prepare(_ transfer: ActiveTransfer, _ request: HTTPRequest) throws {
        let easy = transfer.easy
        try easy.apply(self.options, share: self.share)
        try easy.set(CURLOPT_URL, request.url)
        if Proxy.passesBy(host: TransferError.host(of: request.url)) { try easy.set(CURLOPT_PROXY, "") }
        try easy.set(CURLOPT_LOW_SPEED_LIMIT, max(1, request.leastRate))
        if let limit = request.timeLimit { try easy.set(CURLOPT_TIMEOUT_MS, max(1, limit.milliseconds)) }
        if request.usesFreshConnection { try easy.set(CURLOPT_FRESH_CONNECT, 1) }
        if request.method == .head { try easy.set(CURLOPT_NOBODY, 1) }
        try easy.set(headers: request.headers)
        // libcurl keeps the pointer as long as the handle is in the multi; `active` keeps the object as long.
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try easy.set(
            CURLOPT_WRITEFUNCTION,
            callback: { bytes, size, count, context in
                guard let context else { return 0 }
                let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.write(UnsafeRawBufferPointer(start: bytes, count: size * count))
            },
            context: context
        )
        try easy.set(
            CURLOPT_HEADERFUNCTION,
            callback: { bytes, size, count, context in
                guard let context else { return 0 }
                let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return transfer.header(line) ? size * count : 0
            },
            context: context
        )
    }

    private func cancel(_ id: UInt64) {
        guard let transfer = self.active[id] else { return }
        self.end(transfer, .failure(TransferError(code: .cancelled, message: "cancelled")))
    }

    private func unpause(_ id: UInt64) {
        guard let transfer = self.active[id], transfer.pause != nil else { return }
        transfer.pause = nil
        // Delivers the held bytes at once, within this call.
        _ = curl_easy_pause(transfer.easy.raw, CURLPAUSE_CONT)
    }

    /// One turn of the loop. Returns the milliseconds to wait at most for sockets.
    private func turn() -> Int32 {
        for command in self.thread.takeCommands() {
            switch command {
            case .cancel(let id): self.cancel(id)
            case .resume(let id): self.unpause(id)
            }
        }
        if self.limiter.refill() == nil {
            for transfer in self.active.values where transfer.pause == .rate { self.unpause(transfer.id) }
        }
        var running: Int32 = 0
        _ = curl_multi_perform(self.thread.multi, &running)
        self.takeFinished()
        // Asked after the bytes have flowed: what they overdrew is what those that were paused now wait for.
        if let blocked = self.limiter.refill() { return min(blocked, 1000) }
        return self.active.values.contains { $0.pause == .rate } ? 0 : 1000
    }

    private func takeFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(self.thread.multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let raw = message.pointee.easy_handle else { continue }
            // Taken before the handle leaves the multi: the message's memory goes with it.
            let code = message.pointee.data.result
            guard let transfer = self.active.values.first(where: { $0.easy.raw == raw }) else { continue }
            let result = transfer.result(code)
            if case .success(let summary) = result { self.note(summary) }
            self.end(transfer, result)
        }
    }

    private func note(_ summary: TransferSummary) {
        guard !summary.reusedConnection, summary.connectTime > .zero else { return }
        let microseconds = max(1, Int(summary.connectTime / .microseconds(1)))
        let known = self.fastestConnect.load(ordering: .relaxed)
        if known == 0 || microseconds < known { self.fastestConnect.store(microseconds, ordering: .relaxed) }
    }

    private func end(_ transfer: ActiveTransfer, _ result: Result<TransferSummary, TransferError>) {
        self.active[transfer.id] = nil
        curl_multi_remove_handle(self.thread.multi, transfer.easy.raw)
        transfer.finish(result)
    }

    private func close() {
        self.isClosed = true
        for transfer in self.active.values {
            self.end(transfer, .failure(TransferError(code: .cancelled, message: "cancelled")))
        }
        if let share = self.share { curl_share_cleanup(share) }
    }
}

/// Opens an engine for `body`; on every way out its transfers are cancelled and its thread has ended.
package func withTransferEngine<R>(
    _ options: TransferOptions,
    _ body: (TransferEngine) async throws -> R
) async throws -> R {
    let engine = try TransferEngine.open(options)
    let result: Result<R, any Error>
    do {
        result = .success(try await body(engine))
    } catch {
        result = .failure(error)
    }
    await engine.stop()
    return try result.get()
}
