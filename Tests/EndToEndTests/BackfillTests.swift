import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Testing

/// Fetching the products of chosen times: of submission, as HyP3 has it, and of acquisition, as product names tell it.
@Suite(.timeLimit(.minutes(5))) struct BackfillTests {
    /// Stems, each of a job of its own, with request times.
    private static let jobs: [(stem: String, requested: String)] = [
        ("S1A_IW_20240519T235959_first_second_before", "2026-11-01T00:00:00+00:00"),
        ("S1A_IW_20240520T000000_first_second", "2026-11-01T00:00:00+00:00"),
        ("S1A_IW_20240525T235959_last_second", "2026-11-10T23:59:59+00:00"),
        ("S1A_IW_20240526T000000_first_second_after", "2026-11-10T23:59:59+00:00"),
        ("S1A_IW_20240522T120000_requested_too_early", "2026-10-31T23:59:59+00:00"),
        ("S1A_IW_20240522T120000_requested_too_late", "2026-11-11T00:00:00+00:00"),
        ("undated", "2026-11-05T12:00:00+00:00"),
    ]

    private static let requested: [String: [String]] = ["start": ["2026-11-01"], "end": ["2026-11-10"]]
    private static let acquired: [String: [String]] = [
        "acquired-start": ["2024-05-20"], "acquired-end": ["2024-05-25"],
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var flags: [String: [String]]
        /// Stems of the products that are fetched.
        var fetched: Set<String>
        var omissions: [String]
    }

    private static let cases = [
        Case(
            testDescription: "neither",
            flags: [:],
            fetched: Set(jobs.map(\.stem)),
            omissions: []
        ),
        Case(
            testDescription: "requested",
            flags: requested,
            fetched: Set(jobs.map(\.stem).filter { !$0.contains("requested") }),
            omissions: [
                "not listed: jobs requested before 2026-11-01T00:00:00Z (--start)",
                "not listed: jobs requested after 2026-11-10T23:59:59Z (--end)",
            ]
        ),
        Case(
            testDescription: "acquired",
            flags: acquired,
            fetched: Set(jobs.map(\.stem).filter { $0.hasSuffix("_second") || $0.contains("requested") }),
            omissions: [
                "2 jobs left out: acquired before 2024-05-20T00:00:00Z or after 2024-05-25T23:59:59Z",
                "1 job left out: its name tells no acquisition time",
            ]
        ),
        Case(
            testDescription: "both",
            flags: requested.merging(acquired) { first, _ in first },
            fetched: Set(jobs.map(\.stem).filter { $0.hasSuffix("_second") }),
            omissions: [
                "not listed: jobs requested before 2026-11-01T00:00:00Z (--start)",
                "not listed: jobs requested after 2026-11-10T23:59:59Z (--end)",
                "2 jobs left out: acquired before 2024-05-20T00:00:00Z or after 2024-05-25T23:59:59Z",
                "1 job left out: its name tells no acquisition time",
            ]
        ),
    ]

    @Test(arguments: cases)
    func `each date chooses its products, and the plan says what it leaves out`(_ row: Case) async throws {
        try await withMirror { mirror in
            for (stem, requested) in Self.jobs {
                let url = mirror.simulator.catalogue.url("\(stem)/\(stem).zip")
                try mirror.simulator.catalogue.putJob(
                    """
                    {"job_id": "\(stem)", "user_id": "\(mirror.simulator.username)", "name": "\(MirrorFixture.project)",
                     "job_type": "RTC_GAMMA", "job_parameters": {}, "status_code": "SUCCEEDED", "files":
                     [{"filename": "\(stem).zip", "size": 1, "url": "\(url)"}], "request_time": "\(requested)",
                     "expiration_time": "2099-01-01T00:00:00+00:00"}
                    """
                )
                mirror.simulator.catalogue.putObject("\(stem)/\(stem)_x.bin", StoredObject([1]))
            }
            let plan = try await mirror.mirror(row.flags).plan()
            #expect(plan.omissions == row.omissions)
            let report = try await mirror.sync(row.flags)
            #expect(report.exitCode == .ok)
            let files = try mirror.files().filter { $0 != "SHA256SUMS" }
            #expect(Set(files) == Set(row.fetched.map { "\($0)_x.bin" }))
        }
    }
}
