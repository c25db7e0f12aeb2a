import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Logging
import SystemPackage
import TestSupport
import Testing

/// A simulator and an archive, and the library between them.
struct MirrorFixture: Sendable {
    let simulator: Simulator
    /// The archive; the project `floods` is below it.
    let archive: String

    static let project = "floods"
    static let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"
    static let jobID = "11111111-2222-4333-8444-555555555555"

    var root: String { "\(self.archive)/\(Self.project)" }
    var state: ProjectDirectory { ProjectDirectory(self.root) }

    /// The key of a product of the one job.
    static func key(_ suffix: String) -> String { "\(self.jobID)/\(self.stem)\(suffix)" }

    /// Adds the one job of the project, which lists its zip; that lies in the bucket, as the bucket's own word is believed
    /// only then.
    func addJob(_ changes: String = "{}") throws {
        let zip = Self.key(".zip")
        if self.simulator.catalogue.object(zip) == nil { self.simulator.catalogue.putObject(zip, StoredObject([1])) }
        try self.simulator.catalogue.putJob(
            """
            {"job_id": "\(Self.jobID)", "user_id": "\(self.simulator.username)", "name": "\(Self.project)",
             "job_type": "RTC_GAMMA", "job_parameters": {"resolution": 30}, "status_code": "SUCCEEDED",
             "request_time": "2026-11-20T00:00:00+00:00", "expiration_time": "2099-01-01T00:00:00+00:00",
             "files": [{"filename": "\(Self.stem).zip", "size": 1,
                        "url": "\(self.simulator.catalogue.url(Self.key(".zip")))"}]}
            """
        )
        if changes != "{}" { try self.simulator.catalogue.updateJob(Self.jobID, changes) }
    }

    /// Adds one more job with a product of its own, `_x.bin`.
    ///
    /// - Parameters:
    ///   - year: of the acquisition, four digits.
    ///   - expires: when HyP3 deletes it.
    func addJob(ofYear year: String, _ bytes: [UInt8], expires: String = "2099-01-01T00:00:00+00:00") throws {
        let stem = "S1A_IW_\(year)0520T001530_DVP_RTC30_G_gpuned_\(year)"
        let url = self.simulator.catalogue.url("job-\(year)/\(stem).zip")
        try self.simulator.catalogue.putJob(
            """
            {"job_id": "job-\(year)", "user_id": "\(self.simulator.username)", "name": "\(Self.project)",
             "job_type": "RTC_GAMMA", "job_parameters": {"resolution": 30}, "status_code": "SUCCEEDED",
             "request_time": "2026-11-20T00:00:00+00:00", "expiration_time": "\(expires)",
             "files": [{"filename": "\(stem).zip", "size": 1, "url": "\(url)"}]}
            """
        )
        self.simulator.catalogue.putObject("job-\(year)/\(stem)_x.bin", StoredObject(bytes))
    }

    /// Settings as a configuration file and flags would give them.
    func settings(_ flags: [String: [String]] = [:], suffixes: [String] = ["_x.bin"]) throws -> ProjectSettings {
        let list = suffixes.map { "\"\($0)\"" }.joined(separator: ", ")
        let file = try ConfigurationFile(
            text: """
                {"project_name": "\(Self.project)", "host": "\(self.simulator.apiURL)",
                 "transfer_spec": {"extensions": [\(list)]}, "archive": {"directory": "\(self.archive)"}}
                """,
            path: "\(self.archive)/floods.json",
            workingDirectory: self.archive
        )
        let own: [String: [String]] = [
            "cacert": [self.simulator.caFile], "login-url": [self.simulator.loginURL],
            "report": ["\(self.archive)/never-written.json"],
        ]
        return try ProjectSettings(
            file: file,
            flags: .commandLine(flags.merging(own) { given, _ in given }, directory: self.archive),
            environment: SettingValues(),
            now: .now
        )
    }

    /// The project with little patience, so that hopeless cases end soon.
    ///
    /// - Parameters:
    ///   - attempts: at a product in a row, without progress.
    ///   - stall: how long a product may bring no byte.
    ///   - pace: this machine's clock, and waiting.
    ///   - logger: gets the lines of the log.
    func mirror(
        _ flags: [String: [String]] = [:],
        suffixes: [String] = ["_x.bin"],
        environment: [String: String]? = nil,
        attempts: Int = 4,
        stall: Duration = .seconds(3),
        standstill: Duration = .seconds(600),
        pace: Pace = .real,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws -> OneProject {
        // What a test takes for now is the time of HyP3, too.
        self.simulator.setClock(ahead: Int(pace.now().timeIntervalSince(.now).rounded()))
        var patience = ServiceSession.Patience()
        patience.retry = RetryPolicy(
            attempts: attempts,
            base: .milliseconds(10),
            cap: .milliseconds(50),
            retryAfterCap: .milliseconds(100)
        )
        patience.stall = stall
        patience.standstill = standstill
        patience.rests = [.milliseconds(20), .milliseconds(40), .milliseconds(80)]
        return OneProject(
            try self.settings(flags, suffixes: suffixes),
            environment: environment ?? ["EARTHDATA_TOKEN": self.simulator.token],
            logger: logger,
            patience: patience,
            pace: pace
        )
    }

    /// Runs one sync of `mirror(_:suffixes:environment:attempts:logger:)`.
    func sync(
        _ flags: [String: [String]] = [:],
        suffixes: [String] = ["_x.bin"],
        environment: [String: String]? = nil,
        stop: RunStop = RunStop(),
        attempts: Int = 4,
        stall: Duration = .seconds(3),
        pace: Pace = .real,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        onEvent: (RunEvent) -> Void = { _ in }
    ) async throws -> RunReport {
        let mirror = try self.mirror(
            flags,
            suffixes: suffixes,
            environment: environment,
            attempts: attempts,
            stall: stall,
            pace: pace,
            logger: logger
        )
        return try await mirror.sync(stop: stop, traffic: Traffic(), onEvent: onEvent).written
    }

    /// The bytes of a file of the project; nil if there is none.
    func bytes(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: "\(self.root)/\(path)"))).map { [UInt8]($0) }
    }

    /// What lies in the project but the state directory, as `find` would say.
    func files() throws -> [String] {
        guard FileManager.default.fileExists(atPath: self.root) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: self.root).filter { $0 != ".hyp3-mirror" }.sorted()
    }

    /// Requests for products, in their order.
    var productRequests: [LoggedRequest] {
        self.simulator.requests.all.filter { $0.host.hasSuffix(".s3.localhost") }
    }
}

/// As `withMirror`, with the one job and one product of it, `_x.bin`, of these bytes.
func withProduct(
    _ bytes: [UInt8],
    faults: [Fault] = [],
    _ body: (MirrorFixture) async throws -> Void
) async throws {
    try await withMirror(faults: faults) { mirror in
        try mirror.addJob()
        mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(bytes))
        try await body(mirror)
    }
}

/// Hands on whatever the library logs.
struct LogListener: LogHandler {
    var onLine: @Sendable (LogEvent) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) { self.onLine(event) }
}

/// Starts a simulator, makes an archive beside it, and removes both.
func withMirror(
    _ configuration: SimulatorConfiguration = SimulatorConfiguration(),
    faults: [Fault] = [],
    _ body: (MirrorFixture) async throws -> Void
) async throws {
    var configuration = configuration
    configuration.faults = faults
    try await Turnstile.tests.pass {
        try await withTemporaryDirectory { directory in
            try await withSimulator(configuration) { simulator in
                try await body(MirrorFixture(simulator: simulator, archive: directory))
            }
        }
    }
}

extension Sync.Outcome {
    /// The report with its rows, as somebody reads it who finds the file.
    var written: RunReport {
        get throws {
            var json: [UInt8] = []
            try RunReports.write([(self.report, self.rows)], isOne: true) { json += $0 }
            return try RunReport(json: json)
        }
    }

    /// The paths that this run archived.
    var paths: [String] {
        get throws {
            var bytes: [UInt8] = []
            try self.newFiles.read { bytes += $0 }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }
}
