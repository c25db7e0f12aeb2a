import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// The queue of `on_archived`: no line of a manifest is ever passed over, whatever happens to the files.
@Suite struct `Queue of hooks` {
    private static func line(_ path: String, job: String = "j", moved: Bool = false) -> String {
        let move = moved ? #""moved":"2026-11-03T10:00:00Z","# : ""
        return #"{"archived":"2026-11-02T10:00:00Z","check":"md5-etag","job_id":"\#(job)","job_type":"T",\#(move)"#
            + #""path":"\#(path)","requested":"2026-11-01T00:00:00Z","schema":1,"#
            + #""sha256":"\#(String(repeating: "a", count: 64))","size":10,"url":"https://b.example/x"}"# + "\n"
    }

    private static func withProject(_ body: (ProjectDirectory) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            _ = try SystemCalls.makeDirectories(project.state)
            try body(project)
        }
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func append(_ text: String, to path: String) throws {
        let old = FileManager.default.contents(atPath: path) ?? Data()
        try (old + Data(text.utf8)).write(to: URL(fileURLWithPath: path))
    }

    /// What all queues of a run have, in their order, after they have taken in.
    private static func owed(
        _ project: ProjectDirectory,
        _ unit: ProjectSettings.HookUnit = .product
    ) throws -> [String] {
        try HookQueue.all(project).flatMap { queue in
            try queue.takeIn()
            return try queue.errands(unit, most: 100, passingOver: []).map {
                $0.entries.map(\.path).joined(separator: "+")
            }
        }
    }

    private static func settle(
        _ project: ProjectDirectory,
        done: Set<String> = [],
        failed: Set<String> = []
    ) throws {
        for queue in try HookQueue.all(project) {
            let errands = try queue.errands(.product, most: 100, passingOver: [])
            func keys(_ paths: Set<String>) -> Set<UInt64> {
                Set(errands.filter { paths.contains($0.entries.first?.path ?? "") }.map(\.key))
            }
            try queue.settle(.product, done: keys(done), failed: keys(failed))
        }
    }

    @Test func `each line is owed until it is settled, a move by hand never`() async throws {
        try await Self.withProject { project in
            #expect(try Self.owed(project).isEmpty)
            try Self.write(Self.line("a") + Self.line("b") + Self.line("x/b", moved: true), to: project.manifest)
            #expect(try Self.owed(project) == ["a", "b"])
            try Self.settle(project, done: ["a"])
            try Self.append(Self.line("c"), to: project.manifest)
            #expect(try Self.owed(project) == ["b", "c"])
            try Self.settle(project, failed: ["b"])
            #expect(try Self.owed(project) == ["c", "b"], "what failed comes last")
            try Self.settle(project, done: ["b", "c"])
            #expect(try Self.owed(project).isEmpty)
        }
    }

    @Test func `a line that is being written waits for its end`() async throws {
        try await Self.withProject { project in
            let second = Self.line("b")
            try Self.write(Self.line("a") + second.prefix(40), to: project.manifest)
            #expect(try Self.owed(project) == ["a"])
            try Self.append(String(second.dropFirst(40).dropLast()), to: project.manifest)
            #expect(try Self.owed(project) == ["a"])
            try Self.append("\n", to: project.manifest)
            #expect(try Self.owed(project) == ["a", "b"])
        }
    }

    @Test func `a kill between queue and mark has a line handed over once all the same`() async throws {
        try await Self.withProject { project in
            try Self.write(Self.line("a"), to: project.manifest)
            #expect(try Self.owed(project) == ["a"])
            try FileManager.default.removeItem(atPath: project.delivered)
            #expect(try Self.owed(project) == ["a"], "the queue has it twice")
            try Self.settle(project, done: ["a"])
            #expect(try Self.owed(project).isEmpty)
        }
    }

    @Test func `an append that was cut away again is passed over by an earlier mark`() async throws {
        try await Self.withProject { project in
            try Self.write(Self.line("a"), to: project.manifest)
            #expect(try Self.owed(project) == ["a"])
            try Self.settle(project, done: ["a"])
            try Self.append(Self.line("b"), to: project.manifest)
            #expect(try Self.owed(project) == ["b"])
            try Self.settle(project, done: ["b"])
            try Self.write(Self.line("a") + Self.line("c"), to: project.manifest)
            #expect(try Self.owed(project) == ["c"], "not a, which was handed over")
        }
    }

    @Test func `a manifest that is another one is read from its beginning`() async throws {
        try await Self.withProject { project in
            try Self.write(Self.line("a") + Self.line("b"), to: project.manifest)
            #expect(try Self.owed(project).count == 2)
            try Self.settle(project, done: ["a", "b"])
            try Self.write(Self.line("q") + Self.line("r") + Self.line("s"), to: project.manifest)
            #expect(try Self.owed(project) == ["q", "r", "s"])
        }
    }

    @Test func `of a job all lines are one errand`() async throws {
        try await Self.withProject { project in
            let lines = [("a", "1"), ("b", "2"), ("c", "1")].map { Self.line($0.0, job: $0.1) }
            try Self.write(lines.joined(), to: project.manifest)
            #expect(try Self.owed(project, .job) == ["a+c", "b"])
            let queue = HookQueue(part: project)
            #expect(try queue.errands(.job, most: 9, passingOver: [HookQueue.key(job: "1")]).count == 1)
            #expect(try queue.errands(.job, most: 1, passingOver: []).map { $0.entries.count } == [2])
            #expect(try queue.count(.job) == 2)
        }
    }

    @Test func `what verify makes of the manifests loses nothing and repeats nothing`() async throws {
        try await Self.withProject { project in
            let first = ProjectDirectory(project.root, shard: try Shard("1/2"))
            let second = ProjectDirectory(project.root, shard: try Shard("2/2"))
            try Self.write(Self.line("a"), to: project.manifest)
            try Self.write(Self.line("b") + Self.line("c"), to: first.manifest)
            #expect(try Self.owed(project) == ["a", "b", "c"])
            try Self.settle(project, done: ["a", "b"])
            // Written since, by a shard that has handed over nothing yet, and by one that has.
            try Self.write(Self.line("d"), to: second.manifest)
            try Self.append(Self.line("e"), to: first.manifest)
            _ = try RecordUpkeep(project: project).run()
            #expect(try project.parts(with: "manifest") == [project])
            #expect(try Self.owed(project).sorted() == ["c", "d", "e"])
            // A shard's next run takes care of it where no whole run comes.
            #expect(try Self.owed(first).sorted() == ["c", "d", "e"])
            #expect(try Self.owed(second).isEmpty)
            try Self.settle(project, done: ["c", "d", "e"])
            try Self.append(Self.line("f"), to: project.manifest)
            try Self.write(Self.line("g"), to: first.manifest)
            #expect(try Self.owed(project).sorted() == ["f", "g"])
        }
    }

    @Test func `a kill before the tidied manifest is in place repeats nothing either`() async throws {
        try await Self.withProject { project in
            try Self.write(Self.line("a") + Self.line("b"), to: project.manifest)
            #expect(try Self.owed(project).count == 2)
            try Self.settle(project, done: ["a", "b"])
            try Self.write(Self.line("b"), to: project.manifest + ".new")
            let new = project.manifest + ".new"
            try ManifestMark(at: Int64(Self.line("b").utf8.count), in: new).save(project)
            #expect(try Self.owed(project).isEmpty, "as it was")
            try FileManager.default.removeItem(atPath: project.manifest)
            try FileManager.default.moveItem(atPath: new, toPath: project.manifest)
            #expect(try Self.owed(project).isEmpty, "as it is to be")
        }
    }
}
