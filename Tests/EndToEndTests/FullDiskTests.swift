import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Small real file systems that have no room for all: what is begun is brought to its end, and what HyP3 deletes soonest
/// comes first.
@Suite(.enabled(if: Mounts.isAllowed, "only root may mount file systems"), .timeLimit(.minutes(5)))
struct FullDiskTests {
    private static let size = 4_000_000
    private static let count = 40
    /// Room for 11.
    private static let disk = "mount -t tmpfs -o size=45m none disk"

    /// A mirror with so many jobs of a product each. The later its name, the sooner HyP3 deletes it.
    private func withJobs(
        _ count: Int = count,
        sizes: [Int] = [size],
        faults: [Fault] = [],
        _ body: (MirrorFixture) async throws -> Void
    ) async throws {
        try await withMirror(faults: faults) { mirror in
            for number in 0..<count {
                let day = Self.number(count - number)
                try mirror.addJob(
                    ofYear: "20\(Self.number(number))",
                    Content.pattern(seed: UInt64(number), count: sizes[number % sizes.count]).bytes,
                    expires: "2099-0\(1 + Int(day)! / 28)-\(Self.number(1 + Int(day)! % 28))T00:00:00+00:00"
                )
                let key = "job-20\(Self.number(number))/\(Self.stem(number)).zip"
                mirror.simulator.catalogue.putObject(key, StoredObject([1]))
            }
            try FileManager.default.createDirectory(
                atPath: "\(mirror.archive)/disk",
                withIntermediateDirectories: false
            )
            try await body(mirror)
        }
    }

    private static func number(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func stem(_ number: Int) -> String {
        "S1A_IW_20\(self.number(number))0520T001530_DVP_RTC30_G_gpuned_20\(self.number(number))"
    }

    private func run(
        _ mirror: MirrorFixture,
        _ options: [String],
        suffixes: [String] = ["_x.bin"],
        _ script: String
    ) async throws -> CommandResult {
        try await mirror.run(
            "sync",
            options,
            suffixes: suffixes,
            archive: "\(mirror.archive)/disk",
            prefix: Mounts.words + [script, "bash"]
        )
    }

    private static let list = "(cd disk/floods; ls *_x.bin | sed 's/^/has /')"
    /// A run with room for all.
    private static let finish = """
        mount -o remount,size=400m disk
        "$@"; echo "last $?"; cd disk/floods; sha256sum --check --quiet SHA256SUMS; wc -l < .hyp3-mirror/manifest.jsonl
        ls -A .hyp3-mirror/partial
        """

    private static func archived(_ result: CommandResult) -> [String] {
        result.output.split(separator: "\n").filter { $0.hasPrefix("has ") }.map { String($0.dropFirst(4)) }
    }

    @Test(arguments: [1, 32])
    func `with room for 11 of 40, 11 are archived, and the next run goes on`(connections: Int) async throws {
        try await self.withJobs { mirror in
            let result = try await self.run(
                mirror,
                ["--connections", "\(connections)"],
                "\(Self.disk); \"$@\" || echo \"first $?\"; \(Self.list)\n\(Self.finish)"
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(Self.archived(result).count == 11, "\(result.output)\(result.errors)")
            let sentence = try #require(result.sentence)
            #expect(sentence.contains(" MB more are needed and") && sentence.contains("B are free"), "\(sentence)")
            #expect(result.output.hasSuffix("last 0\n\(Self.count)\n"), "\(result.output)\(result.errors)")
        }
    }

    @Test func `where sizes are listed, those that expire first are archived, and hardly more is asked for`()
        async throws
    {
        try await self.withJobs { mirror in
            let result = try await self.run(
                mirror,
                ["--connections", "32"],
                suffixes: ["_x.bin", "_none.bin"],
                "\(Self.disk); \"$@\" || echo \"first $?\"; \(Self.list)"
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            let soonest = (Self.count - 11..<Self.count).map { "\(Self.stem($0))_x.bin" }
            #expect(Self.archived(result) == soonest, "\(result.errors)")
            let asked = Set(mirror.productRequests.map(\.path).filter { $0.hasSuffix("_x.bin") })
            // Jobs are surveyed side by side, so one that expires later may be the first with a size.
            #expect(asked.count < 20, "\(asked)")
        }
    }

    @Test func `partial files that hold the disk make room until the first fit`() async throws {
        // Each product's first connection brings a part and no more.
        try await self.withJobs(faults: [Fault(.object, first: 1, effect: .stall(after: 1_500_000))]) { mirror in
            let result = try await self.run(
                mirror,
                ["--connections", "40"],
                """
                mount -t tmpfs -o size=400m none disk
                "$@" --max-runtime 6s || echo "first $?"
                used=$(df --output=used --block-size=1K disk | tail -n 1); echo "used $used"
                mount -o remount,size=$((used + 500))k disk
                "$@" || echo "second $?"
                \(Self.list)
                \(Self.finish)
                """
            )
            #expect(result.output.contains("first 75\n"), "\(result.output)\(result.errors)")
            #expect(result.output.contains("second 74\n"), "\(result.output)\(result.errors)")
            let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("used ") })
            let room = (try #require(Int(line.dropFirst(5))) + 500) * 1024 / Self.size
            let archived = Self.archived(result)
            #expect(room > 4 && archived.count >= room - 1 && archived.count <= room, "\(archived.count) of \(room)")
            #expect(archived == (Self.count - archived.count..<Self.count).map { "\(Self.stem($0))_x.bin" })
            #expect(result.output.hasSuffix("last 0\n\(Self.count)\n"), "\(result.output)\(result.errors)")
        }
    }

    /// As under a quota, or with others who write, or where the file system does not say how much is free.
    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"))
    func `a disk that refuses without a warning still archives what it has room for`() async throws {
        try await self.withJobs { mirror in
            let blind = Tracing.words(["trace=statfs", "inject=statfs:error=ENOSYS"], log: "trace.txt")
            let result = try await self.run(
                mirror,
                ["--connections", "32"],
                """
                \(Self.disk); \(blind.joined(separator: " ")) "$@" || echo "first $?"; \(Self.list)
                \(Self.finish)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(Self.archived(result).count == 11, "\(result.output)\(result.errors)")
            #expect(result.sentence?.contains("more are needed; free some space.") == true, "\(result.errors)")
            #expect(result.output.hasSuffix("last 0\n\(Self.count)\n"), "\(result.output)\(result.errors)")
        }
    }

    /// The disk, which does not say how full it is, is full after the product's bytes, or after its record, or its line in
    /// the journal, in the manifest, in the checksum list: a page more in each round. What an earlier run has staged gives
    /// way. With and without a file system that takes room in advance.
    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), arguments: [true, false])
    func `whichever line finds the disk full, what was fetched is archived and on record`(reserves: Bool) async throws {
        // What is staged is gone on with, but no byte of it comes before the other one is there.
        let late = Fault(.object, "*_later.bin", ranged: true, effect: .delay(milliseconds: 1_000))
        try await self.withJobs(1, sizes: [1_500_000], faults: [late]) { mirror in
            try mirror.addJob(#"{"expiration_time": "2099-06-01T00:00:00+00:00"}"#)
            let later = Content.pattern(seed: 99, count: 6_000_000)
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_later.bin"), StoredObject(later))
            var expressions = ["trace=statfs,fallocate", "inject=statfs:error=ENOSYS"]
            if !reserves { expressions.append("inject=fallocate:error=EOPNOTSUPP") }
            let blind = Tracing.words(expressions, log: "trace.txt").joined(separator: " ")
            let rounds = 5
            let result = try await self.run(
                mirror,
                ["--connections", "8"],
                suffixes: ["_x.bin", "_later.bin"],
                """
                for round in {1..\(rounds)}; do
                    mount -t tmpfs -o size=4m none disk
                    \(blind) "$@" --suffix _later.bin >first.txt 2>&1 && cat first.txt
                    ls disk/floods/.hyp3-mirror/partial | grep -q resume || echo "nothing is staged"
                    # 367 pages of bytes, and one more in each round.
                    fallocate -l 1G disk/other 2>/dev/null || true
                    dd if=/dev/zero of=disk/other bs=4096 2>/dev/null || true
                    truncate -s "-$(((367 + round) * 4096))" disk/other
                    \(blind) "$@" >second.txt 2>&1 || echo "exit $?"
                    cd disk/floods
                    ls *_x.bin && sha256sum --check --quiet SHA256SUMS && wc -l <.hyp3-mirror/manifest.jsonl || cat ../../second.txt
                    stat -c "journal %s" .hyp3-mirror/journal.jsonl; cd ../..
                    umount disk
                done
                """
            )
            let each = "exit 74\n\(Self.stem(0))_x.bin\n1\njournal 0\n"
            #expect(result.output == String(repeating: each, count: rounds), "\(result.output)\(result.errors)")
        }
    }

    @Test func `what is smaller comes where the larger before it do not fit`() async throws {
        try await self.withJobs(6, sizes: [1_000_000, 1_000_000, 1_000_000, 30_000_000, 30_000_000, 30_000_000]) {
            mirror in
            let result = try await self.run(
                mirror,
                [],
                """
                mount -t tmpfs -o size=40m none disk; fallocate -l 20M disk/other
                "$@" || echo "first $?"; \(Self.list)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(Self.archived(result) == (0...2).map { "\(Self.stem($0))_x.bin" }, "\(result.errors)")
            #expect(result.sentence?.contains("30 MB more are needed") == true, "\(result.errors)")
        }
    }

    /// With and without a length that is announced.
    @Test(arguments: [nil, Fault.Effect.chunked()])
    func `--min-free is never undercut, however many come at once`(effect: Fault.Effect?) async throws {
        let faults = effect.map { [Fault(.object, effect: $0)] } ?? []
        try await self.withJobs(20, sizes: [6_000_000], faults: faults) { mirror in
            let result = try await self.run(
                mirror,
                ["--connections", "10", "--min-free", "20M"],
                """
                mount -t tmpfs -o size=61m none disk
                ("$@" || echo "first $?"; touch done) &
                least=$(stat -f -c %a disk)
                until test -e done; do
                    free=$(stat -f -c %a disk); if test $free -lt $least; then least=$free; fi
                done
                wait; echo "least $((least * 4096))"; \(Self.list)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(result.sentence?.contains("--min-free keeps 20 MB") == true, "\(result.errors)")
            let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("least ") })
            #expect(try #require(Int(line.dropFirst(6))) >= 20_000_000, "\(line)")
            #expect(Self.archived(result).count >= 6, "\(result.output)\(result.errors)")
        }
    }
}
