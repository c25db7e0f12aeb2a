import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What the executable makes of a service, a login or an archive that is not as it should be.
@Suite(.timeLimit(.minutes(5))) struct ServiceTroubleTests {
    /// What HyP3 answers to each request, the exit status, and a word the sentence must have.
    static let answers: [(String, Fault.Effect, RunStatus, String)] = [
        ("503", .status(code: 503), .unavailable, "503"), ("HTML", .html, .unavailable, "HyP3"),
        ("429", .status(code: 429, retryAfter: "0"), .unavailable, "429"),
        ("truncated", .answer(body: "{\"jobs\": [{\"job", contentType: "application/json"), .unavailable, "JSON"),
        ("no jobs", .answer(body: "{\"next\": null}", contentType: "application/json"), .unavailable, "jobs"),
        ("401", .status(code: 401), .credentials, "EARTHDATA_TOKEN"),
        (
            "403", .status(code: 403, body: "{\"message\": \"No access\"}", contentType: "application/json"),
            .credentials,
            "No access"
        ),
        (
            "next elsewhere",
            .answer(
                body: "{\"jobs\": [], \"next\": \"https://elsewhere.localhost/jobs\"}",
                contentType: "application/json"
            ),
            .unavailable, "elsewhere.localhost"
        ),
        (
            "next for ever",
            .answer(body: "{\"jobs\": [], \"next\": \"/jobs?start_token=x\"}", contentType: "application/json"),
            .unavailable, "next"
        ), ("redirect", .redirect(to: .otherHost), .unavailable, "elsewhere.localhost"),
    ]

    @Test(arguments: answers.indices)
    func `trouble with the service ends the run with its status and one sentence`(row: Int) async throws {
        let (name, effect, status, word) = Self.answers[row]
        try await withMirror(faults: [Fault(.api, effect: effect)]) { mirror in
            let result = try await mirror.run()
            #expect(result.exit == status.rawValue, "\(name): \(result.errors)")
            #expect(result.sentence?.contains(word) == true, "\(name): \(result.errors)")
            #expect(!mirror.simulator.requests.all.contains { $0.host == "elsewhere.localhost" }, "\(name)")
        }
    }

    @Test func `a service that is back in a moment is waited for`() async throws {
        try await withMirror(faults: [Fault(.api, first: 1, effect: .status(code: 429, retryAfter: "1"))]) { mirror in
            let result = try await mirror.run("sync", ["--allow-empty"])
            #expect(result.exit == 0 && result.sentence == nil, "\(result.errors)")
            let times = mirror.simulator.requests.all.filter { $0.path == "/jobs" }.map(\.at)
            #expect(times.count > 1 && times[1] - times[0] >= 0.9)
        }
    }

    static let logins: [(String, LoginBehaviour, RunStatus, String)] = [
        ("refused", .refusing, .credentials, "EARTHDATA_PASSWORD"),
        ("license", .endUserLicense, .credentials, "https://urs.earthdata.nasa.gov/accept_eula?eula_id=x"),
        ("profile", .staleProfile, .credentials, "https://urs.earthdata.nasa.gov/profile"),
        ("outage", .outage(status: 503), .unavailable, "503"), ("page", .htmlPage, .unavailable, "urs.localhost"),
    ]

    @Test(arguments: logins.indices)
    func `trouble with the login is told with its cure`(row: Int) async throws {
        let (name, behaviour, status, word) = Self.logins[row]
        try await withMirror { mirror in
            mirror.simulator.loginBehaviour = behaviour
            let result = try await mirror.run(environment: mirror.passwordEnvironment)
            #expect(result.exit == status.rawValue, "\(name): \(result.errors)")
            #expect(result.sentence?.contains(word) == true, "\(name): \(result.errors)")
        }
    }

    @Test func `without credentials, and with wrong ones, the run ends with 77`() async throws {
        try await withMirror { mirror in
            let none = try await mirror.run(environment: [:])
            #expect(none.exit == RunStatus.credentials.rawValue)
            #expect(none.sentence?.contains("EARTHDATA_TOKEN") == true, "\(none.errors)")
            #expect(mirror.simulator.requests.all.isEmpty)
            let wrong = try await mirror.run(environment: ["EDL_USERNAME": "scientist", "EDL_PASSWORD": "guess-work"])
            #expect(wrong.exit == RunStatus.credentials.rawValue)
            #expect(wrong.sentence?.contains("EDL_PASSWORD") == true, "\(wrong.errors)")
            #expect(!wrong.errors.contains("guess-work"))
            let expired = try await mirror.run(environment: ["EARTHDATA_TOKEN": mirror.simulator.token(lifetime: -60)])
            #expect(expired.exit == RunStatus.credentials.rawValue)
            #expect(expired.sentence?.contains("expired") == true, "\(expired.errors)")
        }
    }

    @Test func `a netrc file that others can read is used and warned about`() async throws {
        try await withMirror { mirror in
            let path = "\(mirror.archive)/netrc"
            let (user, password) = (mirror.simulator.username, mirror.simulator.password)
            try "machine urs.localhost login \(user) password \(password)\n"
                .write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            for command in ["plan", "sync"] {
                let result = try await mirror.run(command, ["--netrc-file", path], environment: [:])
                // There is no job at all, which is told last.
                #expect(result.exit == 78, "\(result.errors)")
                #expect(result.errors.split(separator: "chmod 600").count == 2, "\(command): \(result.errors)")
            }
        }
    }

    @Test func `an archive that is missing, or no directory, ends the run with 74`() async throws {
        try await withMirror { mirror in
            try Data().write(to: URL(fileURLWithPath: "\(mirror.archive)/file"))
            for name in ["nowhere", "file"] {
                let path = "\(mirror.archive)/\(name)"
                for subcommand in ["sync", "plan"] {
                    let result = try await mirror.run(subcommand, archive: path)
                    #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
                    #expect(result.sentence?.contains(path) == true, "\(result.errors)")
                }
            }
            #expect(!FileManager.default.fileExists(atPath: "\(mirror.archive)/nowhere"))
        }
    }
}
