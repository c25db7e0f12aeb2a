import Dispatch
import Foundation
import Glibc

/// TLS in front of the HTTP server: stunnel, which passes cuts, stalls and resets through as they are.
final class TLSFront: Sendable {
    /// The port clients connect to.
    let port: Int
    private let child: ChildProcess
    private let ended: DispatchSemaphore

    /// Starts stunnel and returns when it accepts connections.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - backend: The port of the plain HTTP server behind it.
    init(port: Int, backend: Int, certificates: Certificates, directory: String) throws {
        var failure: any Error = SimulatorError("stunnel was not started")
        // Between finding a free port and stunnel's taking it another process may take it; then the next one is tried.
        for _ in 0..<(port == 0 ? 5 : 1) {
            do {
                let chosen = try Self.findPort(port)
                (child, ended) = try Self.start(
                    chosen.port,
                    onV6: chosen.hasV6,
                    backend: backend,
                    certificates: certificates,
                    directory: directory
                )
                self.port = chosen.port
                return
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Ends stunnel and waits until it is gone.
    func close() {
        child.kill()
        ended.wait()
    }

    private static func findPort(_ wanted: Int) throws -> (port: Int, hasV6: Bool) {
        let v4 = try listen(host: .v4, port: wanted)
        defer { Glibc.close(v4.descriptor) }
        // A client that tries ::1 first must not meet a stranger there; a machine without IPv6 is none.
        guard let probe = try? listen(host: .v6, port: 0) else { return (v4.port, false) }
        Glibc.close(probe.descriptor)
        let v6 = try listen(host: .v6, port: v4.port)
        Glibc.close(v6.descriptor)
        return (v4.port, true)
    }

    private static func start(
        _ port: Int,
        onV6: Bool,
        backend: Int,
        certificates: Certificates,
        directory: String
    ) throws -> (ChildProcess, DispatchSemaphore) {
        let configuration = "\(directory)/stunnel.conf"
        var text = "foreground = yes\npid =\nsyslog = no\ndebug = warning\n"
        for address in ["127.0.0.1"] + (onV6 ? ["::1"] : []) {
            text += """
                [\(address == "::1" ? "https6" : "https")]
                accept = \(address):\(port)
                connect = 127.0.0.1:\(backend)
                cert = \(certificates.certificateFile)
                key = \(certificates.keyFile)
                TIMEOUTclose = 5

                """
        }
        try text.write(toFile: configuration, atomically: false, encoding: .utf8)
        let output = "\(directory)/stunnel.log"
        let started = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        let result = Box<Result<ChildProcess, any Error>?>(nil)
        // setpriv has the kernel end stunnel when its parent dies, however it dies. To the kernel the parent is the
        // thread that started it, so that thread stays until stunnel has ended.
        let thread = Thread {
            let child = Result {
                try ChildProcess(["setpriv", "--pdeathsig", "KILL", "stunnel", configuration], output: output)
            }
            result.set(child)
            started.signal()
            if case .success(let child) = child { _ = child.wait() }
            ended.signal()
        }
        thread.name = "hyp3-stunnel"
        thread.start()
        started.wait()
        guard let child = try result.value?.get() else { throw SimulatorError("stunnel was not started") }
        let deadline = monotonicSeconds() + 10
        while !accepts(port) || child.hasEnded {
            guard !child.hasEnded, monotonicSeconds() < deadline else {
                child.kill()
                let log = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
                throw SimulatorError("stunnel did not come up on port \(port): \(log.suffix(500))")
            }
            usleep(2_000)
        }
        return (child, ended)
    }

    private static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
