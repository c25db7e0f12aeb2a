import Foundation
import HyP3Simulator
import Testing

/// One run of the `curl` command: a client that is not ours.
struct CurlRun: Sendable {
    /// curl's exit status: 0, or what went wrong (18 partial body, 28 timeout, 56 reset, 60 certificate, …).
    var exit: Int32
    /// The last response's status.
    var status = 0
    /// The last response's header fields, names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Asks `url` of `simulator`; at most ten seconds.
    static func get(_ simulator: Simulator, _ url: String, _ options: String...) async throws -> CurlRun {
        try await run(["--cacert", simulator.caFile, "--max-time", "10"] + options + [url])
    }

    /// Asks the interface, with its token.
    static func api(_ simulator: Simulator, _ path: String, _ options: String...) async throws -> CurlRun {
        try await run(
            ["--cacert", simulator.caFile, "--max-time", "10", "--oauth2-bearer", simulator.token] + options
                + [simulator.apiURL + path]
        )
    }

    static func run(_ arguments: [String]) async throws -> CurlRun {
        let directory = NSTemporaryDirectory() + "curl-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let exit = try await command(
            "curl",
            ["--silent", "--dump-header", "\(directory)/head", "--output", "\(directory)/body"] + arguments
        )
        var result = CurlRun(exit: exit)
        if let body = FileManager.default.contents(atPath: "\(directory)/body") { result.body = Array(body) }
        let head = (try? String(contentsOfFile: "\(directory)/head", encoding: .utf8)) ?? ""
        for line in head.split(separator: "\r\n") {
            if line.hasPrefix("HTTP/") {
                result.status = Int(line.split(separator: " ")[1]) ?? 0
                result.headers = [:]
            } else if let colon = line.firstIndex(of: ":") {
                result.headers[line[..<colon].lowercased()] = String(line[line.index(colon, offsetBy: 2)...])
            }
        }
        return result
    }
}

/// Runs a program found by `PATH` to its end, off the cooperative pool, and gives its exit status.
func command(_ name: String, _ arguments: [String]) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
            try process.run()
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

/// The answer of `/jobs`, as far as tests look at it.
struct JobsPage: Decodable {
    struct Job: Decodable {
        struct File: Decodable {
            var filename: String
            var size: Int
            var url: String
        }

        var job_id: String
        var request_time: String
        var status_code: String
        var job_type: String
        var name: String?
        var files: [File]?
    }

    var jobs: [Job]
    var next: String?

    init(_ run: CurlRun) throws {
        self = try JSONDecoder().decode(JobsPage.self, from: Data(run.body))
    }
}
