import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Small real file systems that fill up or turn read-only, each in a mount namespace of its own.
///
/// The scripts have the command of a sync as `$@` and the archive as `disk` in their directory; what they print is judged.
@Suite(.enabled(if: Mounts.isAllowed, "only root may mount file systems"), .timeLimit(.minutes(5)))
struct DiskTests {
    private static let file = MirrorFixture.stem + "_x.bin"

    /// A mirror with one product of that many bytes.
    private func withProduct(
        _ size: Int,
        faults: [Fault] = [],
        _ body: (MirrorFixture, [UInt8]) async throws -> Void
    ) async throws {
        let bytes = Content.pattern(seed: 6, count: size).bytes
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(bytes))
            try FileManager.default.createDirectory(
                atPath: "\(mirror.archive)/disk",
                withIntermediateDirectories: false
            )
            try await body(mirror, bytes)
        }
    }

    private func run(_ mirror: MirrorFixture, _ script: String, _ options: [String] = []) async throws -> CommandResult
    {
        try await mirror.run(
            "sync",
            options,
            archive: "\(mirror.archive)/disk",
            prefix: Mounts.words + [script, "bash"]
        )
    }

    /// The last two steps of most scripts: a run on a disk in order, and what it leaves.
    private static let finish = """
        "$@"; echo "last $?"; cd disk/floods; sha256sum --check --quiet SHA256SUMS; wc -l < .hyp3-mirror/manifest.jsonl
        cat \(file) > ../../copy
        """

    private func expectFinished(_ mirror: MirrorFixture, _ bytes: [UInt8], _ result: CommandResult) {
        #expect(result.exit == 0 && result.output.hasSuffix("last 0\n1\n"), "\(result.output)\(result.errors)")
        #expect(FileManager.default.contents(atPath: "\(mirror.archive)/copy") == Data(bytes))
    }

    @Test func `a disk that fills up ends the run with 74, and what came is gone on with`() async throws {
        try await self.withProduct(6_000_000) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                mount -t tmpfs -o size=8m none disk; fallocate -l 4M disk/other
                "$@" || echo "first $?"
                test ! -e disk/floods/\(Self.file)
                mount -o remount,size=40m disk
                \(Self.finish)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(result.errors.contains("No space left on device"))
            self.expectFinished(mirror, bytes, result)
            let ranges = mirror.productRequests.compactMap { $0.headers["range"] }
            #expect(ranges.contains { $0 != "bytes=0-" }, "\(ranges)")
        }
    }

    @Test func `a small ext4 that is full of other things ends the run with 74 until they go`() async throws {
        try await self.withProduct(6_000_000) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                truncate -s 24M image; mkfs.ext4 -q image; mount -o loop image disk
                fallocate -l 16M disk/other
                "$@" || echo "first $?"
                test ! -e disk/floods/\(Self.file)
                rm disk/other
                \(Self.finish)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            self.expectFinished(mirror, bytes, result)
        }
    }

    /// A page more each time: the disk is full in the lock, the data, the journal, the manifest, the checksum list.
    @Test(arguments: [25, 27, 28, 29, 30, 31, 32, 33, 35])
    func `wherever the last page was used up, the next run finishes`(pages: Int) async throws {
        try await self.fill(pages: pages, prefix: "")
    }

    /// As under a quota.
    @Test(
        .enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"),
        arguments: [27, 28, 29, 30, 31, 32, 33]
    )
    func `nor is anything in no record where the disk does not say how full it is`(pages: Int) async throws {
        let blind = Tracing.words(["trace=statfs", "inject=statfs:error=ENOSYS"], log: "trace.txt")
        try await self.fill(pages: pages, prefix: blind.joined(separator: " "))
    }

    private func fill(pages: Int, prefix: String) async throws {
        try await self.withProduct(25 * 4096) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                mount -t tmpfs -o size=\(pages * 4096) none disk
                \(prefix) "$@" && echo "first 0" || echo "first $?"
                if test -e disk/floods/\(Self.file); then
                    test $(stat -c %s disk/floods/\(Self.file)) = 102400
                    grep -q \(Self.file) disk/floods/SHA256SUMS || echo "in no record"
                fi
                mount -o remount,size=40m disk
                \(Self.finish)
                """
            )
            #expect(
                result.output.contains("first 74\n") || result.output.contains("first 0\n"),
                "\(result.output)\(result.errors)"
            )
            #expect(!result.output.contains("in no record"), "\(result.output)\(result.errors)")
            self.expectFinished(mirror, bytes, result)
        }
    }

    @Test func `--min-free ends the run with 74 before a byte is written`() async throws {
        try await self.withProduct(2_000_000) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                mount -t tmpfs -o size=20m none disk
                "$@" --min-free 19M || echo "first $?"
                du -s --apparent-size --block-size=1 disk/floods/.hyp3-mirror/partial | cut -f 1 | sed 's/^/staged /'
                \(Self.finish)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(result.sentence?.contains("--min-free") == true, "\(result.errors)")
            #expect(!result.output.contains("staged 2"), "\(result.output)")
            self.expectFinished(mirror, bytes, result)
        }
    }

    @Test func `--require-mount refuses an archive whose disk is not there`() async throws {
        try await self.withProduct(100_000) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                "$@" --require-mount || echo "first $?"; ls -A disk | wc -l
                mount -t tmpfs none disk
                "$@" --require-mount || echo "second $?"; ls -A disk | sort
                umount disk; printf mine > disk/.hyp3-mirror-archive
                "$@" --require-mount || echo "third $?"
                grep -q mine disk/.hyp3-mirror-archive || echo "the marker was written to"
                \(Self.finish)
                """
            )
            let lines = result.output.split(separator: "\n").filter { !$0.contains(": ") }.map(String.init)
            #expect(lines.prefix(4) == ["first 74", "0", ".hyp3-mirror-archive", "floods"], "\(result.output)")
            #expect(!result.output.contains("the marker was written to"), "\(result.output)")
            let sentence = "disk: it is no mount point, and has no .hyp3-mirror-archive. Mount its disk"
            #expect(result.errors.contains(sentence))
            self.expectFinished(mirror, bytes, result)
        }
    }

    @Test func `--lock-wait waits for the end of another run, and no longer than it says`() async throws {
        try await self.withProduct(100_000) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                mkdir -p disk/floods/.hyp3-mirror; exec 9> disk/floods/.hyp3-mirror/lock; flock 9
                "$@" 9>&- || echo "first $?"; "$@" --lock-wait 1s 9>&- || echo "second $?"
                "$@" --lock-wait 5m 9>&- 2> log & run=$!
                until grep -q "waiting for its end" log; do :; done
                flock -u 9; wait $run && echo "third 0"
                \(Self.finish)
                """
            )
            let statuses = ["first 75", "second 75", "third 0"]
            #expect(result.output.split(separator: "\n").map(String.init).filter(statuses.contains) == statuses)
            self.expectFinished(mirror, bytes, result)
        }
    }

    @Test func `a read-only archive ends the run with 74`() async throws {
        try await self.withProduct(2_000_000) { mirror, bytes in
            let result = try await self.run(
                mirror,
                """
                mount -t tmpfs none disk; mount -o remount,ro disk
                "$@" || echo "first $?"
                mount -o remount,rw disk
                \(Self.finish)
                """
            )
            #expect(result.output.contains("first 74\n"), "\(result.output)\(result.errors)")
            #expect(result.sentence?.contains("Read-only file system") == true, "\(result.errors)")
            self.expectFinished(mirror, bytes, result)
        }
    }

    @Test func `a disk that turns read-only under the run ends it with 74`() async throws {
        try await self.withProduct(6_000_000, faults: [Fault(.object, effect: .stall(after: 2_000_000))]) {
            mirror,
            bytes in
            async let result = self.run(
                mirror,
                """
                mkfifo go gone
                truncate -s 24M image; mkfs.ext4 -q image; mount -o loop,errors=remount-ro image disk
                device=$(findmnt --noheadings --output SOURCE --target disk)
                "$@" --connections 1 &
                read word < go
                echo 1 > /sys/fs/ext4/${device#/dev/}/trigger_fs_error
                echo gone > gone
                wait $! || echo "first $?"
                umount disk; e2fsck -fp image > check.txt || test $? = 1; mount -o loop image disk
                test ! -e disk/floods/\(Self.file)
                \(Self.finish)
                """
            )
            await mirror.simulator.faults.waitUntilStalled()
            let words = ["bash", "-c", "echo go > go; read word < gone"]
            _ = await (try RunningCommand(words, directory: mirror.archive)).result()
            mirror.simulator.faults.letGo()
            let ended = try await result
            #expect(ended.output.contains("first 74\n"), "\(ended.output)\(ended.errors)")
            #expect(ended.sentence?.contains("Read-only file system") == true, "\(ended.errors)")
            self.expectFinished(mirror, bytes, ended)
        }
    }
}
