import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Machines whose OpenSSL is told to offer what FIPS 140 allows.
@Suite(.timeLimit(.minutes(5))) struct FIPSTests {
    private static let bytes = Content.pattern(seed: 7, count: 3_000_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    @Test(arguments: ["sync", "plan"])
    func `where nothing but FIPS is allowed and nothing of FIPS is there, the configuration of the machine is named`(
        subcommand: String
    ) async throws {
        try await withProduct(Self.bytes) { mirror in
            let environment = try Self.environment(mirror, properties: "fips=yes")
            let result = try await mirror.run(subcommand, environment: environment)
            #expect(result.exit == RunStatus.configuration.rawValue, "\(result.errors)")
            let sentence = result.sentence ?? ""
            #expect(sentence.contains("OpenSSL on this machine offers no SHA-256"), "\(result.errors)")
            #expect(mirror.simulator.requests.all.isEmpty)
            #expect(mirror.bytes(Self.file) == nil)
            if subcommand == "sync" { #expect(try await mirror.run().exit == 0) }
        }
    }

    /// The simulator's ETag is an MD5, which FIPS does not have.
    @Test func `where FIPS is preferred products are proven by MD5`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let environment = try Self.environment(mirror, properties: "?fips=yes")
            let report = "\(mirror.archive)/report.json"
            let result = try await mirror.run("sync", ["--report", report], environment: environment)
            #expect(result.exit == 0, "\(result.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
            #expect(try String(contentsOfFile: report, encoding: .utf8).contains("md5-etag"))
        }
    }

    /// A token, and a configuration of OpenSSL (config(5)) with these default properties of algorithms.
    private static func environment(_ mirror: MirrorFixture, properties: String) throws -> [String: String] {
        let path = "\(mirror.archive)/openssl.cnf"
        let text =
            "openssl_conf = all\n[all]\nalg_section = algorithms\n[algorithms]\ndefault_properties = \(properties)\n"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return mirror.tokenEnvironment.merging(["OPENSSL_CONF": path]) { given, _ in given }
    }
}
