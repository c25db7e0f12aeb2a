import HyP3Simulator
import Testing

@Suite struct LoginTests {
    private func logIn(_ simulator: Simulator, _ options: String...) async throws -> CurlRun {
        try await CurlRun.run(
            ["--cacert", simulator.caFile, "--user", "\(simulator.username):\(simulator.password)"] + options
                + [simulator.loginURL]
        )
    }

    @Test func `a login ends in a cookie that the interface takes until it expires`() async throws {
        try await withSimulator(SimulatorConfiguration(jobs: 2)) { simulator in
            let login = try await logIn(simulator, "--location", "--cookie-jar", "-", "--cookie", "")
            #expect(login.status == 200)
            let log = simulator.requests.all
            #expect(log.map(\.path) == ["/oauth/authorize", "/login", "/", "/ui/"])
            #expect(log.map(\.status) == [302, 302, 302, 200])
            // curl gives the credentials to the host it was told, and to no other.
            #expect(log.filter { $0.headers["authorization"] != nil }.map(\.host) == ["urs.localhost"])
            let cookie = try #require(log.last?.headers["cookie"])
            let url = "\(simulator.apiURL)/jobs"
            #expect(try await CurlRun.get(simulator, url, "--cookie", cookie).status == 200)
            simulator.expireLogins()
            let refused = try await CurlRun.get(simulator, url, "--cookie", cookie)
            #expect(refused.status == 401 && refused.text.contains("cookie provided: Signature has expired"))
        }
    }

    @Test func `each way to fail looks like Earthdata Login's`() async throws {
        try await withSimulator { simulator in
            let wrong = try await CurlRun.get(simulator, simulator.loginURL, "--user", "scientist:wrong")
            #expect(wrong.status == 401 && wrong.text == "HTTP Basic: Access denied.\n")
            #expect(wrong.headers["www-authenticate"]?.hasPrefix("Basic realm=") == true)

            simulator.loginBehaviour = .endUserLicense
            let license = try await logIn(simulator)
            #expect(license.status == 302)
            #expect(license.headers["location"]?.contains("resolution_url=https%3A%2F%2Furs.earthdata") == true)

            simulator.loginBehaviour = .staleProfile
            #expect(
                try await logIn(simulator).headers["location"]?.hasSuffix("error_msg=Please+update+your+profile")
                    == true
            )

            simulator.loginBehaviour = .refusing
            #expect(try await logIn(simulator).status == 401)

            simulator.loginBehaviour = .outage(status: 503)
            let outage = try await logIn(simulator)
            #expect(outage.status == 503 && outage.headers["content-type"]?.hasPrefix("text/html") == true)

            simulator.loginBehaviour = .htmlPage
            let page = try await logIn(simulator)
            #expect(page.status == 200 && page.text.hasPrefix("<!doctype html>"))
        }
    }

    @Test func `a code works once`() async throws {
        try await withSimulator { simulator in
            let location = try #require(try await logIn(simulator).headers["location"])
            #expect(try await CurlRun.get(simulator, location).status == 302)
            #expect(try await CurlRun.get(simulator, location).status == 400)
        }
    }
}
