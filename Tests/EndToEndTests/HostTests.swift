import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Testing

/// Products on several hosts: their connections are those of one run.
@Suite(.timeLimit(.minutes(5))) struct HostTests {
    /// One job a bucket, each bucket a host of its own, with `products` products each.
    private static func fill(_ mirror: MirrorFixture, hosts: Int, products: Int, size: Int) throws -> [String] {
        let suffixes = (0..<products).map { "_\($0).bin" }
        for host in 0..<hosts {
            let (id, bucket) = ("11111111-2222-4333-8444-55555555555\(host)", "bucket-\(host)")
            let stem = "S1A_IW_2023052\(host)T001530_DVP_RTC30_G_gpuned_8A5D"
            let url = "https://\(bucket).s3.localhost:\(mirror.simulator.port)/\(id)/\(stem)"
            try mirror.simulator.catalogue.putJob(
                """
                {"job_id": "\(id)", "user_id": "\(mirror.simulator.username)", "name": "\(MirrorFixture.project)",
                 "job_type": "RTC_GAMMA", "job_parameters": {}, "status_code": "SUCCEEDED",
                 "request_time": "2026-11-20T00:00:00+00:00", "expiration_time": "2099-01-01T00:00:00+00:00",
                 "files": [{"filename": "\(stem).zip", "size": 1, "url": "\(url).zip"}]}
                """
            )
            for (number, suffix) in suffixes.enumerated() {
                let bytes = Content.pattern(seed: UInt64(host * 1_000 + number), count: size).bytes
                mirror.simulator.catalogue.putObject("\(id)/\(stem)\(suffix)", StoredObject(bytes), bucket: bucket)
            }
        }
        return suffixes
    }

    @Test(arguments: [(1, ["32"]), (2, ["32"]), (3, ["2"]), (8, [])] as [(Int, [String])])
    func `products of any number of hosts come, over the connections that were allowed`(
        hosts: Int,
        connections: [String]
    ) async throws {
        try await withMirror { mirror in
            let suffixes = try Self.fill(mirror, hosts: hosts, products: 72 / max(2, hosts), size: 1_200_000)
            let flags: [String: [String]] = connections.isEmpty ? [:] : ["connections": connections]
            let report = try await mirror.sync(flags, suffixes: suffixes)
            #expect(report.exitCode == .ok, "\(report.rows.prefix(3))")
            #expect(report.archived == hosts * suffixes.count)
        }
    }

    @Test func `the connections of all hosts together are not more than those allowed`() async throws {
        try await withMirror(faults: [Fault(.object, effect: .stall(after: 0))]) { mirror in
            let suffixes = try Self.fill(mirror, hosts: 3, products: 2, size: 1_000)
            _ = try await mirror.sync(["connections": ["3"]], suffixes: suffixes, attempts: 1)
            let requests = mirror.productRequests.filter { !$0.target.contains("list-type") }
            // Nothing is answered until the first is given up, three seconds later.
            let times = requests.map(\.at).sorted()
            #expect(times.count == 6 && times[2] - times[0] < 1.5 && times[3] - times[0] > 1.5, "\(times)")
        }
    }
}
