import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// File systems that lack what a local disk has, as network shares do.
@Suite(.timeLimit(.minutes(5))) struct ShareTests {
    private static let bytes = Content.pattern(seed: 6, count: 2_000_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    @Test(.enabled(if: Mounts.hasExFAT, "only root, with exfat-fuse and exfatprogs, may mount exFAT"))
    func `exFAT, without hard links and RENAME_NOREPLACE, is archived to all the same`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let disk = "\(mirror.archive)/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
            let result = try await mirror.run(
                archive: disk,
                prefix: Mounts.words + [
                    """
                    truncate -s 16M image; mkfs.exfat image > log.txt; device=$(losetup --find --show image)
                    trap 'losetup --detach "$device"' EXIT
                    mount.exfat-fuse "$device" disk >> log.txt 2>&1
                    trap 'umount disk; losetup --detach "$device"' EXIT
                    touch disk/a; ! ln disk/a disk/b 2> /dev/null
                    "$@"; echo "first $?"; "$@"; echo "second $?"
                    (cd disk/floods && sha256sum --check --quiet SHA256SUMS); cat disk/floods/\(Self.file) > copy
                    """, "bash",
                ]
            )
            #expect(result.exit == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("first 0\n") && result.output.contains("second 0\n"), "\(result.output)")
            #expect(FileManager.default.contents(atPath: "\(mirror.archive)/copy") == Data(Self.bytes))
        }
    }

    /// Calls that fail: what strace injects, and where; the run gets over each.
    static let tolerated: [(String, String, String?)] = [
        ("no fsync of directories", "fsync:error=EINVAL", ""),
        ("fsync of directories not supported", "fsync:error=EOPNOTSUPP", ""),
        ("no RENAME_NOREPLACE", "renameat2:error=EINVAL", nil), ("no renameat2", "renameat2:error=ENOSYS", nil),
        ("neither it nor links", "renameat2:error=EINVAL", nil),
        ("a rename that fails once", "renameat2:error=EBUSY:when=1", nil),
        ("a rename that is refused once", "renameat2:error=EACCES:when=1", nil),
    ]

    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), arguments: tolerated.indices)
    func `what a share lacks is gone around`(row: Int) async throws {
        let (name, injection, below) = Self.tolerated[row]
        try await withProduct(Self.bytes) { mirror in
            var expressions = ["trace=fsync,renameat2,link,linkat", "inject=\(injection)"]
            if name == "neither it nor links" { expressions.append("inject=link,linkat:error=EPERM") }
            let log = "\(mirror.archive)/trace.txt"
            let prefix = Tracing.words(expressions, path: below.map { mirror.root + $0 }, log: log)
            let result = try await mirror.run(prefix: prefix)
            #expect(result.exit == 0, "\(name): \(result.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes, "\(name)")
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("(INJECTED)"), "\(name)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.state.staging).isEmpty, "\(name)")
            let notices = result.errors.split(separator: "\n").filter { $0.contains("cannot make a directory durable") }
            #expect(notices.count == (below == nil ? 0 : 1), "\(name): \(result.errors)")
            #expect(try await mirror.run().output.contains("1 present"), "\(name)")
        }
    }

    /// Calls that fail: the run ends with 74, and the next one, on a disk in order, finishes.
    static let ending: [(String, String, String?)] = [
        ("over quota in the data", "pwrite64:error=EDQUOT:when=5+", nil),
        ("I/O error in the data", "pwrite64:error=EIO:when=5+", nil),
        ("I/O error in flushing", "fsync:error=EIO", nil), ("full in the rename", "renameat2:error=ENOSPC", nil),
        ("read-only in the rename", "renameat2:error=EROFS", nil),
        ("full in the journal", "pwrite64:error=ENOSPC", "/.hyp3-mirror/journal.jsonl"),
        ("full in the manifest", "pwrite64:error=ENOSPC", "/.hyp3-mirror/manifest.jsonl"),
        ("full in the checksum list", "pwrite64:error=ENOSPC", "/SHA256SUMS"),
        ("I/O error in the manifest's flushing", "fdatasync:error=EIO", "/.hyp3-mirror/manifest.jsonl"),
        ("I/O error in the directory's flushing", "fsync:error=EIO", ""),
    ]

    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), arguments: ending.indices)
    func `storage that fails ends the run with 74, and the next one finishes`(row: Int) async throws {
        let (name, injection, below) = Self.ending[row]
        try await withProduct(Self.bytes) { mirror in
            let log = "\(mirror.archive)/trace.txt"
            let prefix = Tracing.words(
                ["trace=pwrite64,fsync,fdatasync,renameat2", "inject=\(injection)"],
                path: below.map { mirror.root + $0 },
                log: log
            )
            let result = try await mirror.run(prefix: prefix)
            #expect(result.exit == RunStatus.storage.rawValue, "\(name): \(result.errors)")
            #expect(result.sentence?.contains(mirror.root) == true, "\(name): \(result.errors)")
            #expect(mirror.bytes(Self.file).map { $0 == Self.bytes } ?? true, "\(name)")
            let next = try await mirror.run()
            #expect(next.exit == 0, "\(name): \(next.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes, "\(name)")
            let sums = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
            #expect(try await RunningCommand(sums, directory: mirror.root).result().exit == 0, "\(name)")
            let manifest = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
            #expect(manifest.split(separator: "\n").count == 1, "\(name): \(manifest)")
        }
    }

    /// Reads of a staged file that fail: the product's suffix and bytes, and what makes the run read it.
    static let unreadable: [(String, String, [UInt8], [Fault])] = [
        (
            "the structure check of JSON", "_x.json",
            Array("{\"a\": [\(String(repeating: "1, ", count: 9_000))1]}".utf8), []
        ),
        ("the structure check of PNG", "_x.png", bytes, []),
        ("the digest of what came without a length", "_x.bin", bytes, [Fault(.object, effect: .noContentLength())]),
        (
            "the digest over other parts", "_x.bin", bytes,
            [Fault(.object, effect: .etag(value: "\"d41d8cd98f00b204e9800998ecf8427e-2\""))]
        ),
    ]

    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), arguments: unreadable.indices)
    func `a staged file that the disk does not give back ends the run with 74`(row: Int) async throws {
        let (name, suffix, bytes, faults) = Self.unreadable[row]
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(bytes))
            let file = MirrorFixture.stem + suffix
            let staged = try mirror.state.staged(
                path: file,
                url: mirror.simulator.catalogue.url(MirrorFixture.key(suffix))
            )
            let log = "\(mirror.archive)/trace.txt"
            let prefix = Tracing.words(["trace=pread64", "inject=pread64:error=EIO"], path: staged, log: log)
            let result = try await mirror.run(suffixes: [suffix], prefix: prefix)
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("(INJECTED)"), "\(name)")
            #expect(result.exit == RunStatus.storage.rawValue, "\(name): \(result.errors)")
            #expect(result.sentence?.contains(staged) == true, "\(name): \(result.errors)")
            #expect(mirror.bytes(file) == nil, "\(name)")
        }
    }
}
