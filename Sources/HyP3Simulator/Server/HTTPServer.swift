import Dispatch
import Foundation
import Glibc
import Synchronization

/// What a handler makes of a request: the response, and who wants to know how its sending ended.
struct Exchange: Sendable {
    var response: HTTPResponse
    /// Told once: body bytes sent, and whether the response went out to its own end.
    var finished: @Sendable (_ bodyBytes: Int, _ isWhole: Bool) -> Void
}

/// HTTP/1.1 on loopback with a thread a connection.
///
/// A server library would keep callers from what this one is for: bodies that end early, lie about their length,
/// stall, or end in a reset. Threads, because a stalled response must hold up nothing else, and because the clients
/// under test share Swift's cooperative pool.
final class HTTPServer: Sendable {
    typealias Handler = @Sendable (_ request: HTTPRequest, _ connection: Int) -> Exchange

    private struct State {
        var isClosed = false
        var nextNumber = 0
        var open: [Int: Int32] = [:]
    }

    private let handler: Handler
    private let stalls: StallGate
    private let state = Mutex(State())
    private let threads = DispatchGroup()
    private let tls: TLSContext
    private let listeners: [(descriptor: Int32, isSecure: Bool)]

    /// The port that speaks TLS.
    let port: Int
    /// The port that speaks plain HTTP.
    let plainPort: Int

    /// Starts to listen; `serve()` starts to answer.
    ///
    /// - Parameter port: For TLS; 0 takes a free one.
    init(port: Int, tls: TLSContext, stalls: StallGate, handler: @escaping Handler) throws {
        self.handler = handler
        self.stalls = stalls
        self.tls = tls
        let secure = try Self.listenOnBothFamilies(port)
        let plain = try listen(host: .v4, port: 0)
        self.port = secure[0].port
        plainPort = plain.port
        listeners = secure.map { ($0.descriptor, true) } + [(plain.descriptor, false)]
    }

    /// Starts to answer.
    func serve() {
        for listener in listeners {
            startThread("hyp3-accept") { [self] in accept(on: listener.descriptor, isSecure: listener.isSecure) }
        }
    }

    /// Clients may try ::1 first and must not meet a stranger there; a machine without IPv6 has no ::1.
    private static func listenOnBothFamilies(_ port: Int) throws -> [(descriptor: Int32, port: Int)] {
        guard let probe = try? listen(host: .v6, port: 0) else { return [try listen(host: .v4, port: port)] }
        Glibc.close(probe.descriptor)
        var attempts = 0
        while true {
            let v4 = try listen(host: .v4, port: port)
            do {
                return [v4, try listen(host: .v6, port: v4.port)]
            } catch {
                Glibc.close(v4.descriptor)
                attempts += 1
                if port != 0 || attempts == 20 { throw error }
            }
        }
    }

    /// Ends all connections and waits until no thread of the server is left.
    func close() async {
        state.withLock { state in
            state.isClosed = true
            for descriptor in state.open.values { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        for listener in listeners { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }
        await withCheckedContinuation { continuation in
            threads.notify(queue: .global()) { continuation.resume() }
        }
        for listener in listeners { Glibc.close(listener.descriptor) }
    }

    private func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        threads.enter()
        let thread = Thread { [threads] in
            body()
            threads.leave()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func accept(on listener: Int32, isSecure: Bool) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0 {
                if state.withLock({ $0.isClosed }) { return }
                // Out of descriptors or an aborted connection: neither ends the service.
                if errno != EINTR && errno != ECONNABORTED { usleep(10_000) }
                continue
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            let number = state.withLock { state -> Int? in
                guard !state.isClosed else { return nil }
                state.nextNumber += 1
                state.open[state.nextNumber] = descriptor
                return state.nextNumber
            }
            guard let number else {
                Glibc.close(descriptor)
                return
            }
            startThread("hyp3-connection") { [self] in
                serve(descriptor, number: number, isSecure: isSecure)
                state.withLock { _ = $0.open.removeValue(forKey: number) }
                Glibc.close(descriptor)
            }
        }
    }

    private func serve(_ descriptor: Int32, number: Int, isSecure: Bool) {
        // OpenSSL writes without MSG_NOSIGNAL; a client that has gone must not end the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(Int32(SIG_BLOCK), &signals, nil)
        let stream = isSecure ? tls.accept(descriptor: descriptor) : nil
        guard stream != nil || !isSecure else { return }
        let connection = Connection(descriptor: descriptor, tls: stream)
        var reader = RequestReader(connection: connection, isSecure: isSecure)
        while let next = try? reader.next() {
            let writer = ResponseWriter(connection: connection, stalls: stalls, generation: stalls.generation)
            var exchange = handler(next, number)
            if next["Connection"]?.lowercased() == "close" { exchange.response.closes = true }
            if case .absent = exchange.response.declaredLength { exchange.response.closes = true }
            let progress = ResponseWriter.Progress()
            let survives = (try? writer.send(exchange.response, progress: progress)) != nil
            exchange.finished(progress.sent, progress.isWhole)
            if !survives { return }
            if exchange.response.closes {
                connection.linger()
                return
            }
        }
    }
}

/// Loopback, by address family.
enum LoopbackHost {
    case v4
    case v6
}

/// Opens a listening socket on loopback; port 0 takes a free one.
func listen(host: LoopbackHost, port: Int) throws -> (descriptor: Int32, port: Int) {
    let family = host == .v4 ? AF_INET : AF_INET6
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SimulatorError("no socket for loopback: \(systemMessage())") }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    let bound: Bool
    switch host {
    case .v4:
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        bound = bindAddress(descriptor, &address)
    case .v6:
        setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin6_addr = in6addr_loopback
        bound = bindAddress(descriptor, &address)
    }
    guard bound, Glibc.listen(descriptor, 1_024) == 0 else {
        let message = systemMessage()
        close(descriptor)
        throw SimulatorError("port \(port) of loopback cannot be listened on: \(message)")
    }
    var storage = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
    }
    // The port stands at the same place in both families.
    return (descriptor, Int(in_port_t(bigEndian: storage.sin6_port)))
}

private func bindAddress<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
        }
    }
}

/// What `errno` says.
func systemMessage() -> String {
    String(cString: strerror(errno))
}

/// The simulator could not be set up.
package struct SimulatorError: Error, CustomStringConvertible {
    /// One sentence: what failed, and where.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
