import Foundation
import Synchronization

/// What the simulator saw of one request and what it sent.
package struct LoggedRequest: Sendable, Codable {
    /// Counts from 1 in the order of arrival.
    package var number: Int
    /// The TCP connection, counted from 1.
    package var connection: Int
    /// Seconds since the simulator started.
    package var at: Double
    /// When the exchange was over, in the same seconds; nil while it is not.
    package var ended: Double?
    /// Whether it came over TLS.
    package var isSecure: Bool
    package var method: String
    /// The host it was meant for, without a port.
    package var host: String
    /// Path and query as sent.
    package var target: String
    /// Every header field, names in lower case; repeated ones are joined with a comma.
    package var headers: [String: String]
    /// The status sent.
    package var status: Int
    /// Bytes of body sent so far.
    package var bodyBytes = 0
    /// Whether the exchange is over.
    package var isFinished = false
    /// Whether the response went out to its own end.
    package var isWhole = false
    /// The effects of faults that befell it.
    package var faults: [String]

    /// The path, percent-encoded as sent.
    package var path: String { String(target.prefix { $0 != "?" }) }
}

/// Every request the simulator has had.
package final class RequestLog: Sendable {
    private struct Waiter {
        var isSatisfied: @Sendable ([LoggedRequest]) -> Bool
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var requests: [LoggedRequest] = []
        var count = 0
        var waiters: [UUID: Waiter] = [:]
        var cancelled: Set<UUID> = []
    }

    private let state = Mutex(State())
    private let keeps: Bool
    private let file: FileHandle?

    init(keeps: Bool, file path: String?) throws {
        self.keeps = keeps
        guard let path else {
            file = nil
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw SimulatorError("the request log cannot be written to \(path)") }
        file = handle
    }

    /// All requests so far, those under way included.
    package var all: [LoggedRequest] {
        state.withLock { $0.requests }
    }

    /// Forgets what was logged; the numbers go on.
    package func clear() {
        state.withLock { $0.requests.removeAll() }
    }

    /// Returns once the log satisfies `condition`; a condition that reads it, not the clock, decides.
    ///
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    package func wait(until condition: @escaping @Sendable ([LoggedRequest]) -> Bool) async throws {
        let id = UUID()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if condition(state.requests) { return .success(()) }
                    state.waiters[id] = Waiter(isSatisfied: condition, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
                state.cancelled.insert(id)
                return nil
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Enters a request; returns its number.
    func begin(_ request: LoggedRequest) -> Int {
        let (number, satisfied) = state.withLock { state in
            state.count += 1
            var request = request
            request.number = state.count
            state.requests.append(request)
            return (state.count, Self.satisfied(&state))
        }
        for waiter in satisfied { waiter.continuation.resume() }
        return number
    }

    /// Completes a request and writes its line.
    func finish(_ number: Int, bodyBytes: Int, isWhole: Bool, at time: Double) {
        let (request, satisfied) = state.withLock { state -> (LoggedRequest?, [Waiter]) in
            guard let index = state.requests.lastIndex(where: { $0.number == number }) else { return (nil, []) }
            state.requests[index].bodyBytes = bodyBytes
            state.requests[index].isWhole = isWhole
            state.requests[index].isFinished = true
            state.requests[index].ended = time
            let request = state.requests[index]
            let satisfied = Self.satisfied(&state)
            if !keeps { state.requests.remove(at: index) }
            return (request, satisfied)
        }
        for waiter in satisfied { waiter.continuation.resume() }
        guard let file, let request, let line = try? JSONEncoder().encode(request) else { return }
        try? file.write(contentsOf: line + Data([10]))
    }

    private static func satisfied(_ state: inout State) -> [Waiter] {
        let ready = state.waiters.filter { $0.value.isSatisfied(state.requests) }
        for id in ready.keys { state.waiters[id] = nil }
        return Array(ready.values)
    }
}
