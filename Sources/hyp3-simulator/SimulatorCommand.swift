import ArgumentParser
import Dispatch
import Foundation
import HyP3Simulator

/// Runs a simulated HyP3 until it is told to stop.
@main
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyp3-simulator",
        abstract: "A HyP3, an Earthdata Login and a product bucket on loopback, for demonstrations and tests.",
        discussion: """
            Prints one line of JSON when it listens (api, login, bucket, ca, token, username, password) and runs \
            until SIGINT or SIGTERM. Needs the command openssl.
            """
    )

    @Flag(help: "A dozen jobs of a flood season with small products, instead of --jobs random ones.")
    var demo = false

    @Option(help: "TLS port on loopback; 0 takes a free one.")
    var port = 0

    @Option(help: "Directory for certificates (ca.pem among them); by default one that is removed in the end.")
    var directory: String?

    @Option(help: "Jobs to generate.")
    var jobs = 0

    @Option(help: "Seed of the generated jobs.")
    var seed: UInt64 = 1

    @Option(help: "HyP3 name of the generated jobs (repeatable: shared out among them).")
    var name: [String] = []

    @Option(help: "Days the request times reach back.")
    var spanDays = 30

    @Option(help: "Moment the catalogue describes, in seconds since 1970; by default now.")
    var now: Int?

    @Option(help: "Pixels along an edge of the rasters (repeatable; 2048 gives products of 16 MiB).")
    var rasterSize: [Int] = []

    @Option(help: "Milliseconds a page of /jobs takes.")
    var latencyMs = 0

    @Option(help: "Product URLs: virtualHost, path or cdn.")
    var productUrls = SimulatorConfiguration.ProductURLs.virtualHost

    @Flag(help: "Refuse to list the bucket.")
    var refuseListing = false

    @Option(help: "Requests at once that a bucket host serves; more get 503 SlowDown.")
    var concurrency: Int?

    @Option(help: "Body bytes a second for a connection to the bucket.")
    var bytesPerSecond: Int?

    @Option(help: "JSON file with faults (an array; see the type Fault).")
    var faults: String?

    @Option(help: "File that gets a line of JSON for every request.")
    var requestLog: String?

    @Option(help: "File that gets the line of JSON, complete, once the simulator listens.")
    var readyFile: String?

    @Option(help: "Host name of the interface.")
    var apiHost = "localhost"

    @Option(help: "Host name of the login.")
    var loginHost = "urs.localhost"

    @Option(help: "Certificate fault: expired, wrongHost or unknownAuthority.")
    var certificateFault: CertificateFault?

    @Option(help: "Account.")
    var username = "scientist"

    @Option(help: "Password of the account.")
    var password = "correct-horse"

    func run() async throws {
        // Before any thread starts, so that every thread leaves the signals to the sources below.
        let signals = StopSignals([SIGINT, SIGTERM])
        let simulator = try Simulator(try simulatorConfiguration())
        if refuseListing { simulator.catalogue.allowListing(false) }
        let line = try readyLine(simulator)
        if let readyFile { try line.write(toFile: readyFile, atomically: true, encoding: .utf8) }
        FileHandle.standardOutput.write(Data(line.utf8))
        await signals.next()
        await simulator.close()
        if let readyFile { try? FileManager.default.removeItem(atPath: readyFile) }
    }

    private func simulatorConfiguration() throws -> SimulatorConfiguration {
        var configuration = SimulatorConfiguration(jobs: jobs, seed: seed)
        configuration.isDemonstration = demo
        configuration.port = port
        configuration.directory = directory
        if !name.isEmpty { configuration.catalogue.names = name }
        if !rasterSize.isEmpty { configuration.catalogue.rasterSizes = rasterSize }
        configuration.catalogue.spanDays = spanDays
        configuration.catalogue.now = now.map { CalendarTime(seconds: $0) }
        configuration.pageLatency = latencyMs
        configuration.productURLs = productUrls
        configuration.concurrencyLimit = concurrency
        configuration.bytesPerSecond = bytesPerSecond
        configuration.requestLogFile = requestLog
        configuration.keepsRequests = false
        configuration.apiHost = apiHost
        configuration.loginHost = loginHost
        configuration.certificateFault = certificateFault
        configuration.username = username
        configuration.password = password
        if let faults {
            let data = try Data(contentsOf: URL(fileURLWithPath: faults))
            configuration.faults = try JSONDecoder().decode([Fault].self, from: data)
        }
        return configuration
    }

    private func readyLine(_ simulator: Simulator) throws -> String {
        let values = [
            "api": simulator.apiURL, "login": simulator.loginURL, "bucket": simulator.bucketURL,
            "ca": simulator.caFile, "token": simulator.token, "username": simulator.username,
            "password": simulator.password,
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(values), as: UTF8.self) + "\n"
    }
}

extension SimulatorConfiguration.ProductURLs: ExpressibleByArgument {}

extension CertificateFault: ExpressibleByArgument {}
