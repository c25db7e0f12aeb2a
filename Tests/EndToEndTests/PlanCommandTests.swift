import HyP3Mirror
import HyP3Simulator
import Testing

/// What `plan` shows of a project whose bucket can be listed.
@Suite(.timeLimit(.minutes(3))) struct PlanCommandTests {
    @Test func `says what sync will find, and how much it is`() async throws {
        try await withProduct([UInt8](repeating: 7, count: 3000)) { mirror in
            mirror.simulator.catalogue.putObject(MirrorFixture.key(".zip"), StoredObject([1]))
            let suffixes = ["_x.bin", "_vv.tif", "_y.bin"]
            let table = try await mirror.run("plan", suffixes: suffixes)
            #expect(table.exit == 0, "\(table.errors)")
            let lines = table.output.split(separator: "\n")
            #expect(lines[0] == "floods: 1 job; 1 fetch (3 kB), 2 absent", "\(table.output)")
            #expect(lines[1] == "to fetch: 1 product, 3 kB")
            #expect(lines[5].hasPrefix("disk afterwards: "))
            #expect(table.output.contains("_vv.tif"))

            let summary = try await mirror.run("plan", ["--summary"], suffixes: suffixes)
            #expect(summary.output.split(separator: "\n").count == 6, "\(summary.output)")
            let fetch = try await mirror.run("plan", ["--state", "fetch"], suffixes: suffixes)
            #expect(fetch.output.contains("_x.bin") && !fetch.output.contains("_vv.tif"), "\(fetch.output)")
            let json = try await mirror.run("plan", ["--state", "fetch", "--format", "json"], suffixes: suffixes)
            #expect(json.output.split(separator: "\n").count == 1 && json.output.contains("\"size\":3000"))
            let wrong = try await mirror.run("plan", ["--state", "fetched"], suffixes: suffixes)
            #expect(wrong.exit == RunStatus.usage.rawValue && wrong.errors.contains("fetch"), "\(wrong.errors)")
        }
    }
}
