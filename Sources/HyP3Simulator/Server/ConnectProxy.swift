import Dispatch
import Foundation
import Glibc
import Synchronization

/// An HTTP proxy on loopback that makes tunnels (RFC 9110 §9.3.6): whatever host it is asked for, the tunnel leads to one
/// port of this machine, so that names which no name server knows can be tried.
package final class ConnectProxy: Sendable {
    private struct State {
        var isClosed = false
        var open: Set<Int32> = []
        var targets: [String] = []
    }

    /// The port it listens on.
    package let port: Int
    private let target: Int
    private let credentials: String?
    private let refusal: Int?
    private let listener: Int32
    private let state = Mutex(State())
    private let threads = DispatchGroup()

    /// - Parameters:
    ///   - target: the port that every tunnel leads to.
    ///   - credentials: `user:password` that clients must show; nil lets everybody through.
    ///   - refusal: a status that every tunnel is refused with.
    package init(target: Int, credentials: String? = nil, refusal: Int? = nil) throws {
        let listener = try listen(host: .v4, port: 0)
        self.listener = listener.descriptor
        self.port = listener.port
        self.target = target
        self.credentials = credentials
        self.refusal = refusal
        self.startThread { [self] in accept() }
    }

    /// `host:port` of every tunnel that was asked for, refused ones too.
    package var targets: [String] { state.withLock { $0.targets } }

    /// Ends all tunnels and returns when no thread is left.
    package func close() async {
        state.withLock { state in
            state.isClosed = true
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        await withCheckedContinuation { continuation in
            threads.notify(queue: .global()) { continuation.resume() }
        }
        Glibc.close(listener)
    }

    private func startThread(_ body: @escaping @Sendable () -> Void) {
        threads.enter()
        let thread = Thread { [threads] in
            body()
            threads.leave()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0 {
                if state.withLock({ $0.isClosed }) { return }
                continue
            }
            guard note(client) else {
                Glibc.close(client)
                return
            }
            startThread { [self] in
                serve(client)
                forget(client)
            }
        }
    }

    /// False when the proxy is closed.
    private func note(_ descriptor: Int32) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.open.insert(descriptor)
            return true
        }
    }

    private func forget(_ descriptor: Int32) {
        state.withLock { _ = $0.open.remove(descriptor) }
        Glibc.close(descriptor)
    }

    private func serve(_ client: Int32) {
        guard let head = readHead(client) else { return }
        let lines = head.split(whereSeparator: \.isNewline)
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3, words[0] == "CONNECT" else {
            return send(client, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        }
        state.withLock { $0.targets.append(String(words[1])) }
        if let credentials {
            let wanted = "proxy-authorization: basic \(Data(credentials.utf8).base64EncodedString())".lowercased()
            guard lines.contains(where: { $0.lowercased() == wanted }) else {
                return send(client, Self.refusal(407, "Proxy-Authenticate: Basic realm=\"proxy\"\r\n"))
            }
        }
        if let refusal { return send(client, Self.refusal(refusal)) }
        guard let server = connect(), note(server) else { return send(client, Self.refusal(502)) }
        // Header fields as an answer of a bucket has them, for whoever takes them for one.
        send(client, "HTTP/1.1 200 Connection established\r\nETag: \"proxy\"\r\nContent-Type: text/plain\r\n\r\n")
        pump(client, server)
        forget(server)
    }

    private static func refusal(_ status: Int, _ fields: String = "") -> String {
        let page = "<html><title>Proxy says \(status)</title></html>"
        return
            "HTTP/1.1 \(status) Refused\r\n\(fields)Content-Type: text/html\r\nContent-Length: \(page.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(page)"
    }

    private func connect() -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: target).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        return descriptor
    }

    private func readHead(_ client: Int32) -> String? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while head.count < 16 << 10 {
            guard recv(client, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
            if head.suffix(4) == [13, 10, 13, 10] { return String(decoding: head, as: UTF8.self) }
        }
        return nil
    }

    private func send(_ descriptor: Int32, _ text: String) {
        _ = sendAll(descriptor, Array(text.utf8)[...])
    }

    private func sendAll(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Carries bytes both ways until both sides have ended.
    private func pump(_ a: Int32, _ b: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var open: [(from: Int32, to: Int32)] = [(a, b), (b, a)]
        while !open.isEmpty {
            var entries = open.map { pollfd(fd: $0.from, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, nfds_t(entries.count), -1) > 0 else { return }
            for (entry, way) in zip(entries, open) where entry.revents != 0 {
                let count = recv(way.from, &buffer, buffer.count, 0)
                if count > 0, sendAll(way.to, buffer[..<count]) { continue }
                shutdown(way.to, Int32(SHUT_WR))
                open.removeAll { $0.from == way.from }
            }
        }
    }
}

/// Starts a proxy, gives it to `body`, and ends it on every way out.
package func withConnectProxy<Value>(
    to simulator: Simulator,
    credentials: String? = nil,
    refusal: Int? = nil,
    _ body: (ConnectProxy) async throws -> Value
) async throws -> Value {
    let proxy = try ConnectProxy(target: simulator.port, credentials: credentials, refusal: refusal)
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(proxy))
    } catch {
        result = .failure(error)
    }
    await proxy.close()
    return try result.get()
}
