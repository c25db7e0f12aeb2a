import CurlTransfer
import Foundation
import HyP3Mirror
import Synchronization
import Testing

@Suite struct `API session` {
    /// Earthdata Login that answers when the test lets it.
    private final class GatedLogin: HTTPClient {
        private struct State {
            var asked = 0
            var cancelled = 0
            var waiting: [CheckedContinuation<Void, Never>] = []
            var watcher: CheckedContinuation<Void, Never>?
        }

        private let state = Mutex(State())

        var asked: Int { self.state.withLock { $0.asked } }
        var cancelled: Int { self.state.withLock { $0.cancelled } }

        func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse {
            // It only opens a connection, and comes beside the login.
            if request.method == .head { return HTTPResponse(404) }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let watcher = self.state.withLock { state in
                        state.asked += 1
                        state.waiting.append(continuation)
                        defer { state.watcher = nil }
                        return state.watcher
                    }
                    watcher?.resume()
                }
            } onCancel: {
                self.state.withLock { $0.cancelled += 1 }
                self.open()
            }
            if Task.isCancelled { throw CancellationError() }
            return HTTPResponse(302, ["Set-Cookie": "asf-urs=c; Path=/", "Location": "/x"])
        }

        func open() {
            let waiting = self.state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func waitUntilAsked() async {
            await withCheckedContinuation { continuation in
                let isAsked = self.state.withLock { state in
                    if state.asked > 0 { return true }
                    state.watcher = continuation
                    return false
                }
                if isAsked { continuation.resume() }
            }
        }
    }

    private static func session(_ client: GatedLogin, logins: Logins = Logins()) throws -> APISession {
        let origin = Origin(scheme: "https", host: "hyp3.example", port: 443)
        let pace = TestPace().pace
        return APISession(
            origin: origin,
            credentials: Credentials(.password(user: "me", Secret("word")), source: "netrc"),
            login: EarthdataLogin(
                client: client,
                url: try HTTPURL("https://urs.example/oauth/authorize"),
                api: origin,
                pace: pace,
                clock: ServiceClock(pace)
            ),
            logins: logins,
            pace: pace
        )
    }

    @Test func `who stops waiting for the login ends it for nobody else`() async throws {
        let client = GatedLogin()
        let session = try Self.session(client)
        let first = Task { try await session.authorization() }
        await client.waitUntilAsked()
        let second = Task { try await session.authorization() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        // The second may only now begin to wait: then it logs in itself, and no more than that.
        for _ in 0..<2 { client.open() }
        let opener = Task {
            while !Task.isCancelled {
                client.open()
                await Task.yield()
            }
        }
        let headers = try await second.value.headers(for: HTTPURL("https://hyp3.example/jobs"))
        opener.cancel()
        #expect(headers["Cookie"] == "asf-urs=c" && client.asked <= 2)
    }

    @Test func `a login that nobody waits for any more is given up`() async throws {
        let client = GatedLogin()
        let session = try Self.session(client)
        let only = Task { try await session.authorization() }
        await client.waitUntilAsked()
        only.cancel()
        await #expect(throws: CancellationError.self) { try await only.value }
        #expect(client.cancelled == 1)
    }
}
