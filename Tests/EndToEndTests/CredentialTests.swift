import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Who was told a secret, as the simulator's request log has it: the login host the password, the API the token or the
/// cookie, and nobody else anything.
@Suite(.timeLimit(.minutes(5))) struct CredentialTests {
    private static let hosts: [SimulatorConfiguration.ProductURLs] = [.virtualHost, .cdn]
    private static let bytes = Content.pattern(seed: 2, count: 100_000).bytes

    private func expectOnlyTheRightHostsWereTold(_ mirror: MirrorFixture) {
        for request in mirror.simulator.requests.all {
            let (authorization, cookie) = (request.headers["authorization"], request.headers["cookie"])
            switch request.host {
            case "urs.localhost":
                #expect(authorization?.hasPrefix("Basic ") == true && cookie == nil, "\(request.target)")
            case "localhost":
                #expect(authorization?.hasPrefix("Bearer ") ?? true, "\(request.target)")
            default:
                #expect(authorization == nil && cookie == nil, "\(request.host)\(request.target)")
            }
            #expect(request.isSecure && !request.target.contains(mirror.simulator.password))
        }
    }

    @Test(arguments: hosts, [true, false])
    func `product hosts are told nothing`(urls: SimulatorConfiguration.ProductURLs, hasToken: Bool) async throws {
        var configuration = SimulatorConfiguration()
        configuration.productURLs = urls
        // A cookie that its domain would let every host of the simulator have.
        configuration.cookieDomain = "localhost"
        let faults = [
            Fault(.object, "*_x.bin", first: 1, effect: .redirect(to: .otherHost)),
            Fault(.object, "*_y.bin", effect: .redirect(to: .loginHost)),
            Fault(.object, "*_z.bin", effect: .redirectURL(url: "https://elsewhere.localhost/nothing")),
        ]
        try await withMirror(configuration, faults: faults) { mirror in
            try mirror.addJob()
            let suffixes = ["_w.bin", "_x.bin", "_y.bin", "_z.bin"]
            for suffix in suffixes {
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(Self.bytes))
            }
            let report = try await mirror.sync(
                suffixes: suffixes,
                environment: hasToken ? mirror.tokenEnvironment : mirror.passwordEnvironment
            )
            #expect(report.archived == 2, "\(report.rows)")
            self.expectOnlyTheRightHostsWereTold(mirror)
            let hosts = Set(mirror.simulator.requests.all.map(\.host))
            #expect(hosts.contains("urs.localhost") == !hasToken)
        }
    }

    @Test func `the API as product host is told nothing with the requests for products`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.productURLs = .path
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync(environment: mirror.passwordEnvironment)
            #expect(report.archived == 1)
            let products = mirror.simulator.requests.all.filter { $0.path.hasSuffix("_x.bin") }
            #expect(products.allSatisfy { $0.headers["authorization"] == nil && $0.headers["cookie"] == nil })
            self.expectOnlyTheRightHostsWereTold(mirror)
        }
    }

    @Test func `a cookie that expires in mid-run is renewed once`() async throws {
        var configuration = SimulatorConfiguration(jobs: 1000)
        configuration.catalogue.names = [MirrorFixture.project]
        configuration.pageLimit = 30_000
        try await withMirror(configuration, faults: [Fault(.api, skip: 4, effect: .stall(after: 0))]) { mirror in
            // The content of these products would have to be made to be listed.
            mirror.simulator.catalogue.allowListing(false)
            let command = try mirror.start("plan", ["--format", "urls"], environment: mirror.passwordEnvironment)
            await mirror.simulator.faults.waitUntilStalled()
            mirror.simulator.expireLogins()
            mirror.simulator.faults.letGo()
            let result = await command.result()
            #expect(result.exit == 0, "\(result.errors)")
            let requests = mirror.simulator.requests.all
            #expect(requests.filter { $0.path == "/oauth/authorize" }.count == 2)
            #expect(requests.contains { $0.path == "/jobs" && $0.status == 401 })
            self.expectOnlyTheRightHostsWereTold(mirror)
        }
    }

    @Test func `a token that HyP3 stops taking is not asked for again and again`() async throws {
        try await withMirror(faults: [Fault(.api, effect: .status(code: 401))]) { mirror in
            let report = try await mirror.sync()
            #expect(report.exitCode == .credentials)
            #expect(mirror.simulator.requests.all.count <= 12)
        }
    }
}
