import HyP3Simulator
import Synchronization
import Testing

@testable import CurlTransfer

@Suite(.timeLimit(.minutes(2))) struct TransferEngineTests {
    private static let bytes = Content.pattern(seed: 1, count: 2_000_000).bytes

    private func withObject(
        _ faults: [Fault] = [],
        _ body: (TransferEngine, String, Simulator) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.faults = faults
        try await withSimulator(configuration) { simulator in
            simulator.catalogue.putObject("x", StoredObject(Self.bytes))
            var options = TransferOptions()
            options.caFile = simulator.caFile
            options.stallTimeout = .seconds(1)
            try await withTransferEngine(options) { engine in
                try await body(engine, simulator.catalogue.url("x"), simulator)
            }
        }
    }

    @Test func `bodies come whole, side by side, over few connections`() async throws {
        try await self.withObject { engine, url, simulator in
            for _ in 0..<2 {
                try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                    for _ in 0..<8 {
                        group.addTask { try await engine.response(to: HTTPRequest(.get, url), bodyLimit: 4_000_000) }
                    }
                    for try await response in group { #expect(response.body == Self.bytes) }
                }
            }
            #expect(engine.requests == 16)
            #expect(Set(simulator.requests.all.map(\.connection)).count <= 8)
        }
    }

    /// libcurl 7.88 wrote through a pointer into the answer before, where the handle had one.
    @Test(arguments: [" folded: x", "\tfolded: x", "  "])
    func `an answer whose first header line begins with a space harms nobody`(line: String) async throws {
        let faults = [Fault(.object, skip: 1, first: 1, effect: .firstHeaderLine(text: line))]
        try await self.withObject(faults) { engine, url, _ in
            for number in 0..<4 {
                let answer = try? await engine.response(to: HTTPRequest(.get, url), bodyLimit: 4_000_000)
                if let answer { #expect(answer.body == Self.bytes && answer.headers["folded"] == nil) }
                if number != 1 { #expect(answer != nil) }
            }
        }
    }

    @Test func `a fresh connection is one that nobody had before`() async throws {
        try await self.withObject { engine, url, simulator in
            var request = HTTPRequest(.get, url)
            for isFresh in [false, false, true, false] {
                request.usesFreshConnection = isFresh
                _ = try await engine.response(to: request, bodyLimit: 4_000_000)
            }
            let used = simulator.requests.all.map(\.connection)
            #expect(used.count == 4 && used[0] == used[1] && used[2] != used[1])
        }
    }

    @Test func `what drips below the least rate is given up, and what takes too long`() async throws {
        try await self.withObject([Fault(.object, effect: .throttle(bytesPerSecond: 200))]) { engine, url, _ in
            for (rate, limit) in [(10_000, nil), (1, Duration.milliseconds(300))] {
                var request = HTTPRequest(.get, url)
                (request.leastRate, request.timeLimit) = (rate, limit)
                let error = await #expect(throws: TransferError.self) {
                    try await engine.response(to: request, bodyLimit: 4_000_000)
                }
                #expect(error?.code == .timeout, "\(error?.message ?? "")")
            }
            #expect(engine.receivedBytes > 0)
        }
    }

    @Test func `a body over the limit is an error, not memory`() async throws {
        try await self.withObject { engine, url, _ in
            let error = await #expect(throws: TransferError.self) {
                try await engine.response(to: HTTPRequest(.get, url), bodyLimit: 1000)
            }
            #expect(error?.code == .bodyTooLarge)
        }
    }

    @Test func `a name that cannot be resolved is transient, however often it is asked for`() async throws {
        try await self.withObject { engine, _, _ in
            for _ in 0..<3 {
                let error = await #expect(throws: TransferError.self) {
                    // RFC 6761 §6.4 keeps this top-level domain from ever being there.
                    try await engine.response(to: HTTPRequest(.get, "https://no-such-host.invalid/"), bodyLimit: 1000)
                }
                #expect(error?.isTransient == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test func `a paused body goes on where it was when it is resumed`() async throws {
        try await self.withObject { engine, url, _ in
            let sink = HesitantSink()
            let summary = try await engine.transfer(HTTPRequest(.get, url), into: sink)
            #expect(summary.received == Int64(Self.bytes.count))
            #expect(sink.taken == Self.bytes)
            #expect(sink.pauses > 3)
        }
    }

    @Test func `cancelling ends a transfer that waits for ever`() async throws {
        try await self.withObject([Fault(.object, effect: .stall(after: 1000))]) { engine, url, simulator in
            let task = Task { try await engine.response(to: HTTPRequest(.get, url), bodyLimit: 4_000_000) }
            await simulator.faults.waitUntilStalled()
            task.cancel()
            let error = await #expect(throws: TransferError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func `a task that is cancelled before it begins asks nobody`() async throws {
        try await self.withObject { engine, url, simulator in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await engine.response(to: HTTPRequest(.get, url), bodyLimit: 10)
            }
            let error = await #expect(throws: TransferError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(simulator.requests.all.isEmpty)
        }
    }

    @Test func `a stall is a timeout`() async throws {
        try await self.withObject([Fault(.object, effect: .stall(after: 1000))]) { engine, url, _ in
            let error = await #expect(throws: TransferError.self) {
                try await engine.response(to: HTTPRequest(.get, url), bodyLimit: 4_000_000)
            }
            #expect(error?.code == .timeout && error?.isTransient == true)
        }
    }

    @Test func `a certificate of nobody we trust is refused, and that is no matter of trying again`() async throws {
        try await withSimulator { simulator in
            try await withTransferEngine(TransferOptions()) { engine in
                let error = await #expect(throws: TransferError.self) {
                    try await engine.response(to: HTTPRequest(.get, simulator.apiURL), bodyLimit: 1000)
                }
                #expect(error?.code == .tls && error?.isTransient == false)
            }
        }
    }

    @Test(arguments: ["", "nonsense", "ftp://localhost/x", "file:///etc/passwd"])
    func `what is no web address is refused`(url: String) async throws {
        try await withTransferEngine(TransferOptions()) { engine in
            let error = await #expect(throws: TransferError.self) {
                try await engine.response(to: HTTPRequest(.get, url), bodyLimit: 1000)
            }
            #expect(error?.isTransient == false || url == "nonsense")
        }
    }

    @Test func `a header cannot smuggle in another`() async throws {
        try await self.withObject { engine, url, _ in
            let error = await #expect(throws: TransferError.self) {
                try await engine.response(
                    to: HTTPRequest(.get, url, headers: ["Cookie": "a\r\nAuthorization: b"]),
                    bodyLimit: 1000
                )
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test func `after its end an engine refuses instead of hanging`() async throws {
        let engine = try await withTransferEngine(TransferOptions()) { $0 }
        let error = await #expect(throws: TransferError.self) {
            try await engine.response(to: HTTPRequest(.get, "https://localhost:9/"), bodyLimit: 1000)
        }
        #expect(error?.code == .cancelled || error?.code == .connection)
    }

    @Test func `a closed engine has no thread left`() async throws {
        weak var engine: TransferEngine?
        try await withTransferEngine(TransferOptions()) { open in
            engine = open
            await #expect(throws: TransferError.self) {
                try await open.response(to: HTTPRequest(.get, "https://localhost:9/"), bodyLimit: 1000)
            }
        }
        #expect(engine == nil, "the thread holds its engine as long as it runs")
    }
}

/// Takes a body in bites and pauses before each.
private final class HesitantSink: BodySink {
    private struct State {
        var control: TransferControl?
        var taken: [UInt8] = []
        var pauses = 0
        var isReady = false
    }

    private let state = Mutex(State())

    var taken: [UInt8] { self.state.withLock { $0.taken } }
    var pauses: Int { self.state.withLock { $0.pauses } }

    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision {
        self.state.withLock { $0.control = control }
        return .take
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision {
        let (decision, control) = self.state.withLock { state -> (SinkDecision, TransferControl?) in
            if state.isReady || state.pauses >= 50 {
                state.isReady = false
                state.taken += bytes
                return (.take, nil)
            }
            state.isReady = true
            state.pauses += 1
            return (.pause, state.control)
        }
        control?.resume()
        return decision
    }
}
