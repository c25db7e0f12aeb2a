import Foundation
import HyP3Simulator
import Testing

@Suite struct JobsAPITests {
    /// Walks all pages of a query.
    private func walk(_ simulator: Simulator, _ path: String) async throws -> [JobsPage] {
        var pages = [try JobsPage(try await CurlRun.api(simulator, path))]
        while let next = pages.last?.next {
            #expect(next.hasPrefix("\(simulator.apiURL)/jobs?"))
            let run = try await CurlRun.get(simulator, next, "--oauth2-bearer", simulator.token)
            #expect(run.status == 200)
            pages.append(try JobsPage(run))
        }
        return pages
    }

    @Test func `pages are read before they are filtered, and hold every job once, newest first`() async throws {
        var configuration = SimulatorConfiguration(jobs: 400, seed: 7)
        configuration.pageLimit = 60_000
        try await withSimulator(configuration) { simulator in
            let oldest = try #require(simulator.catalogue.jobIDs.last)
            try simulator.catalogue.renameJob(oldest, to: "rare name & more")
            let pages = try await walk(simulator, "/jobs")
            let jobs = pages.flatMap(\.jobs)
            #expect(pages.count > 5)
            #expect(jobs.map(\.job_id) == simulator.catalogue.jobIDs)
            #expect(jobs.map(\.request_time) == jobs.map(\.request_time).sorted(by: >))

            let filtered = try await walk(simulator, "/jobs?name=rare%20name%20%26%20more")
            #expect(filtered.count == pages.count)
            #expect(filtered.dropLast().allSatisfy { $0.jobs.isEmpty && $0.next != nil })
            #expect(filtered.flatMap(\.jobs).map(\.job_id) == [oldest])

            for type in ["WATER_MAP", "RTC_GAMMA", "INSAR_GAMMA", "AUTORIFT"] {
                let found = try await walk(simulator, "/jobs?job_type=\(type)").flatMap(\.jobs)
                #expect(!found.isEmpty && found.map(\.job_id) == jobs.filter { $0.job_type == type }.map(\.job_id))
            }
            let failed = try await walk(simulator, "/jobs?status_code=FAILED").flatMap(\.jobs)
            #expect(!failed.isEmpty && failed.map(\.job_id) == jobs.filter { $0.status_code == "FAILED" }.map(\.job_id))
        }
    }

    @Test func `start and end are inclusive and narrow what is read`() async throws {
        var configuration = SimulatorConfiguration(jobs: 300, seed: 3)
        configuration.pageLimit = 40_000
        try await withSimulator(configuration) { simulator in
            let all = try await walk(simulator, "/jobs").flatMap(\.jobs)
            let start = all[200].request_time
            let end = all[100].request_time
            let path = "/jobs?start=\(start.replacing("+", with: "%2B"))&end=\(end.replacing("+", with: "%2B"))"
            let pages = try await walk(simulator, path)
            let expected = all.filter { $0.request_time >= start && $0.request_time <= end }
            #expect(expected.count >= 101 && expected.count < 250)
            #expect(pages.flatMap(\.jobs).map(\.job_id) == expected.map(\.job_id))
            #expect(pages.count < 12)
            // Any offset means the same instant; a fraction is cut off.
            let one = all[150].request_time
            let shifted = try await walk(
                simulator,
                "/jobs?start=\(one.dropLast(6)).9Z&end=\(one.dropLast(6))-00:00"
            ).flatMap(\.jobs)
            #expect(shifted.map(\.job_id) == all.filter { $0.request_time == one }.map(\.job_id))
        }
    }

    @Test func `a page goes on behind its job when jobs are added and renamed meanwhile`() async throws {
        var configuration = SimulatorConfiguration(jobs: 60, seed: 3)
        configuration.pageLimit = 20_000
        try await withSimulator(configuration) { simulator in
            let before = simulator.catalogue.jobIDs
            let first = try JobsPage(try await CurlRun.api(simulator, "/jobs"))
            try simulator.catalogue.putJob(
                #"{"job_id": "11111111-1111-4111-8111-111111111111", "request_time": "2099-01-01T00:00:00+00:00"}"#
            )
            try simulator.catalogue.renameJob(before[first.jobs.count], to: "new name")
            let next = try #require(first.next)
            let second = try JobsPage(try await CurlRun.get(simulator, next, "--oauth2-bearer", simulator.token))
            let read = first.jobs.count + second.jobs.count
            #expect(first.jobs.map(\.job_id) + second.jobs.map(\.job_id) == Array(before.prefix(read)))
            #expect(second.jobs.first?.name == "new name")
        }
    }

    /// Every spelling and status as recorded from HyP3's own code.
    private static let dates = [
        ("2024-01-01", 400), ("2024-01-01T00:00:00", 400), ("2024-01-01T00:00Z", 400), ("2024-01-01T00:00:00Z", 200),
        ("2024-01-01t00:00:00z", 500), ("2024-01-01T00:00:00.5Z", 200), ("2024-01-01T00:00:00.123456789Z", 200),
        ("2024-01-01T00:00:00+00:00", 400), ("2024-01-01T00:00:00%2B00:00", 200),
        ("2024-01-01T00:00:00%2B0545", 400), ("2024-01-01T00:00:00%2B05:45", 200),
        ("2024-01-01T00:00:00-00:00", 200), ("2024-01-01%2000:00:00Z", 400), ("2024-01-01T24:00:00Z", 400),
        ("2024-02-30T00:00:00Z", 400), ("1704067200", 400), ("", 400), ("2024-06-30T23:59:60Z", 400),
        ("0000-01-01T00:00:00Z", 400), ("0001-01-01T00:00:00%2B14:00", 500), ("9999-12-31T23:59:59-14:00", 500),
    ]

    @Test func `dates are as strict as HyP3's`() async throws {
        try await withSimulator { simulator in
            for (text, status) in Self.dates {
                for name in ["start", "end"] {
                    let run = try await CurlRun.api(simulator, "/jobs?\(name)=\(text)")
                    #expect(run.status == status, "\(name)=\(text)")
                    let type = status == 200 ? "json" : status == 400 ? "application/problem+json" : "text/html"
                    #expect(run.headers["content-type"]?.contains(type) == true)
                }
            }
        }
    }

    @Test func `errors are worded as HyP3 words them`() async throws {
        try await withSimulator { simulator in
            for (path, status, detail) in [
                ("/jobs?name=", 400, "Value of name query parameter cannot be empty"),
                ("/jobs?start_token=abc", 400, "Invalid start_token value"),
                ("/jobs?start_token=", 400, "Value of start_token query parameter cannot be empty"),
                (
                    "/jobs?status_code=BAD", 400,
                    "Value BAD not valid for schema of type string: (<ValidationError: \"'BAD' is not one of "
                        + "['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED']\">,)"
                ),
                (
                    "/jobs/boogers", 400,
                    "Value boogers not valid for schema of type string: (<ValidationError: \"'boogers' is not a "
                        + "'uuid'\">,)"
                ),
                (
                    "/jobs/00000000-0000-4000-8000-000000000000", 404,
                    "job_id does not exist: 00000000-0000-4000-8000-000000000000"
                ),
            ] {
                let run = try await CurlRun.api(simulator, path)
                #expect(run.status == status)
                let body = try JSONSerialization.jsonObject(with: Data(run.body)) as? [String: Any]
                #expect(body?["detail"] as? String == detail)
                #expect(run.headers["content-type"] == "application/problem+json")
            }
            #expect(try await CurlRun.api(simulator, "/jobs?start_token=NQ%3D%3D").status == 500)
            #expect(try await CurlRun.api(simulator, "/jobs", "-X", "DELETE").status == 405)
            #expect(try await CurlRun.api(simulator, "/nope").status == 404)
            simulator.faults.add(Fault(.api, effect: .status(code: 503)))
            let down = try await CurlRun.get(simulator, "\(simulator.apiURL)/jobs")
            #expect(down.status == 503 && down.headers["content-type"] == "application/json")
        }
    }

    @Test func `who is not logged in gets nothing, and a bad token beside a good cookie is bad`() async throws {
        try await withSimulator { simulator in
            let url = "\(simulator.apiURL)/jobs"
            func detail(_ options: String...) async throws -> String {
                let run = try await CurlRun.run(["--cacert", simulator.caFile] + options + [url])
                #expect(run.status == 401)
                let body = try JSONSerialization.jsonObject(with: Data(run.body)) as? [String: Any]
                return body?["detail"] as? String ?? ""
            }
            let none = try await detail()
            #expect(none == "No authorization token provided")
            #expect(try await detail("-u", "scientist:correct-horse") == "No authorization token provided")
            let token = "Authorization: Bearer"
            #expect(
                try await detail("-H", "\(token) garbage", "-b", "asf-urs=x")
                    == "Invalid authorization token provided: Not enough segments"
            )
            #expect(
                try await detail("-H", "\(token) \(simulator.token)x")
                    == "Invalid authorization token provided: Signature verification failed"
            )
            #expect(
                try await detail("-H", "\(token) \(simulator.token(lifetime: -1))")
                    == "Invalid authorization token provided: Signature has expired"
            )
            #expect(
                try await detail("-b", "asf-urs=garbage")
                    == "Invalid authorization cookie provided: Not enough segments"
            )
        }
    }

    @Test func `one job is had by its id, and another user's by the user's`() async throws {
        try await withSimulator(SimulatorConfiguration(jobs: 3)) { simulator in
            let id = simulator.catalogue.jobIDs[1]
            #expect(try await CurlRun.api(simulator, "/jobs/\(id)").text == simulator.catalogue.job(id))
            let text =
                #"{"job_id": "22222222-2222-4222-8222-222222222222", "user_id": "someone", "request_time": "#
                + #""2024-01-01T00:00:00+00:00", "files": null, "unheard_of": [1, 2.50]}"#
            try simulator.catalogue.putJob(text)
            #expect(try await CurlRun.api(simulator, "/jobs?user_id=someone").text == #"{"jobs": [\#(text)]}"#)
            #expect(try JobsPage(try await CurlRun.api(simulator, "/jobs")).jobs.count == 3)
        }
    }
}
