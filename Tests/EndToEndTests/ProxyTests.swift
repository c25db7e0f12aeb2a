import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Behind an HTTP proxy everything is as it is without one.
@Suite(.timeLimit(.minutes(5))) struct ProxyTests {
    private static let credentials = "clerk:open-sesame"

    /// Hosts that no name server knows, so that only the proxy finds them.
    private static var configuration: SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        configuration.apiHost = "hyp3.example.test"
        configuration.loginHost = "urs.example.test"
        configuration.productURLs = .path
        return configuration
    }

    private static func environment(
        _ mirror: MirrorFixture,
        _ proxy: ConnectProxy,
        user: String = credentials
    ) -> [String:
        String]
    {
        mirror.passwordEnvironment.merging(["https_proxy": "http://\(user)@127.0.0.1:\(proxy.port)"]) { $1 }
    }

    @Test func `login, missing products, broken connections and resumes are as without a proxy`() async throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        let faults = [
            Fault(.object, "*_a.bin", first: 1, effect: .cut(after: 1_000_000)),
            Fault(.object, "*_b.bin", first: 1, effect: .status(code: 500)),
        ]
        try await withMirror(Self.configuration, faults: faults) { mirror in
            try mirror.addJob()
            for suffix in ["_a.bin", "_b.bin", "_c.bin"] {
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(bytes))
            }
            try await withConnectProxy(to: mirror.simulator, credentials: Self.credentials) { proxy in
                let report = "\(mirror.archive)/report.json"
                let result = try await mirror.run(
                    "sync",
                    ["--report", report],
                    suffixes: ["_a.bin", "_b.bin", "_c.bin", "_d.bin"],
                    environment: Self.environment(mirror, proxy)
                )
                let read = try RunReport(json: Data(contentsOf: URL(fileURLWithPath: report)))
                #expect(read.count(.archived) == 3, "\(result.errors)")
                #expect(read.proofs.values.reduce(0, +) == 3 && read.proofs["length"] == nil, "\(read.proofs)")
                for suffix in ["_a.bin", "_b.bin", "_c.bin"] {
                    #expect(mirror.bytes(MirrorFixture.stem + suffix) == bytes)
                }
                #expect(
                    Set(proxy.targets.map { $0.prefix { $0 != ":" } }) == ["hyp3.example.test", "urs.example.test"]
                )
                #expect(!(result.errors + result.output).contains("open-sesame"))
            }
        }
    }

    @Test(arguments: [407, 403, 502])
    func `a proxy that refuses is named, without its password`(status: Int) async throws {
        try await withMirror(Self.configuration) { mirror in
            try mirror.addJob()
            let refusal = status == 407 ? nil : status
            try await withConnectProxy(to: mirror.simulator, credentials: Self.credentials, refusal: refusal) { proxy in
                let user = status == 407 ? "clerk:wrong-sesame" : Self.credentials
                let result = try await mirror.run(environment: Self.environment(mirror, proxy, user: user))
                #expect(result.exit == RunStatus.unavailable.rawValue, "\(result.errors)")
                let sentence = try #require(result.sentence)
                #expect(sentence.contains("the proxy http://127.0.0.1:\(proxy.port) (https_proxy)"), "\(sentence)")
                #expect(sentence.contains("\(status)"), "\(sentence)")
                #expect(!result.errors.contains("sesame"))
                #expect(mirror.simulator.requests.all.isEmpty)
            }
        }
    }

    @Test func `this machine is asked directly`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try await withConnectProxy(to: mirror.simulator, refusal: 403) { proxy in
                let result = try await mirror.run(environment: Self.environment(mirror, proxy))
                #expect(result.exit == 0, "\(result.errors)")
                #expect(proxy.targets.isEmpty)
            }
        }
    }
}
