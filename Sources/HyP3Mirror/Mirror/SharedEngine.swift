import CurlTransfer
import Synchronization

/// The engine that the projects of a call use one after the other: its connections and TLS sessions outlive a project.
final class SharedEngine: Sendable {
    private let open = Mutex<(options: TransferOptions, engine: TransferEngine)?>(nil)

    /// Runs `body` with the engine, or with another where it is to be another kind.
    ///
    /// - Throws: `TransferError`; what `body` throws.
    func with<R>(_ options: TransferOptions, _ body: (TransferEngine) async throws -> R) async throws -> R {
        let engine = try await self.engine(options)
        // Of the project before.
        await engine.limitRate(nil)
        let result: Result<R, any Error>
        do {
            result = .success(try await body(engine))
        } catch {
            result = .failure(error)
        }
        // Where nothing moved any more, nobody knows why.
        if Task.isCancelled { await self.close() }
        return try result.get()
    }

    private func engine(_ options: TransferOptions) async throws -> TransferEngine {
        if let open = self.open.withLock({ $0 }), open.options == options { return open.engine }
        await self.close()
        let engine = try TransferEngine.open(options)
        self.open.withLock { $0 = (options, engine) }
        return engine
    }

    /// Returns when its thread has ended.
    func close() async {
        let open = self.open.withLock { open in
            defer { open = nil }
            return open
        }
        await open?.engine.stop()
    }
}
