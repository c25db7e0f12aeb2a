import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Testing

/// Answers that are whole and strange: what they are taken for, and that they stay one product's trouble.
@Suite(.timeLimit(.minutes(5))) struct DownloadTests {
    private static let size = 5_000_000
    private static let bytes = Content.pattern(seed: 11, count: size).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    private static func requests(_ mirror: MirrorFixture) -> [LoggedRequest] {
        mirror.productRequests.filter { $0.path.hasSuffix("_x.bin") }
    }

    /// Syncs one product under `faults`, which is got over.
    private static func passes(
        _ faults: [Fault],
        _ bytes: [UInt8] = Self.bytes,
        flags: [String: [String]] = [:],
        then check: (MirrorFixture, RunReport) throws -> Void = { _, _ in }
    ) async throws {
        try await withProduct(bytes, faults: faults) { mirror in
            let report = try await mirror.sync(flags)
            #expect(report.exitCode == .ok, "\(report.rows)")
            #expect(mirror.bytes(self.file) == bytes)
            try check(mirror, report)
        }
    }

    /// Syncs one product under `faults`, which is a row, beside another that comes.
    private static func fails(
        _ faults: [Fault],
        _ bytes: [UInt8] = Self.bytes,
        because words: String,
        requests: ClosedRange<Int>,
        isListed: Bool = false
    ) async throws {
        try await withProduct(bytes, faults: faults) { mirror in
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_good.dat"), StoredObject([1, 2, 3]))
            // A listing is believed where it names what HyP3 names.
            if !isListed { mirror.simulator.catalogue.removeObject(MirrorFixture.key(".zip")) }
            let report = try await mirror.sync(suffixes: ["_x.bin", "_good.dat"])
            #expect(report.exitCode == .incomplete)
            let reason = try #require(report.rows.first).reason
            #expect(report.rows.count == 1 && reason.contains(words), "\(reason)")
            #expect(mirror.bytes(self.file) == nil)
            #expect(mirror.bytes(MirrorFixture.stem + "_good.dat") == [1, 2, 3])
            #expect(requests.contains(self.requests(mirror).count), "\(self.requests(mirror).count) requests")
        }
    }

    // MARK: Ranges

    @Test func `a service that ignores ranges is read over one connection`() async throws {
        try await Self.passes([Fault(.object, effect: .ignoreRange)]) { mirror, report in
            #expect(report.bytesFetched < 2 * Int64(Self.size))
            #expect(Self.requests(mirror).count { $0.headers["range"] == nil } == 1)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `a service that ignores ranges now and then gives the right bytes`(seed: UInt64) async throws {
        try await Self.passes([Fault(.object, ranged: true, probability: 0.5, seed: seed, effect: .ignoreRange)])
    }

    @Test func `a service that ignores ranges and breaks off is asked again for the whole`() async throws {
        try await Self.passes([
            Fault(.object, effect: .ignoreRange), Fault(.object, first: 1, effect: .cut(after: 3_000_000)),
        ])
    }

    @Test func `parts without the object's ETag are not put together`() async throws {
        try await Self.passes([
            Fault(.object, ranged: true, effect: .etag(value: nil)), Fault(.object, ranged: true, effect: .flipBit()),
        ])
    }

    @Test func `parts of another range than asked for are not put together`() async throws {
        try await Self.passes([Fault(.object, ranged: true, effect: .shiftRange(by: 4096))])
    }

    @Test func `helpers that are refused do not hold up the first connection`() async throws {
        try await Self.passes([Fault(.object, ranged: true, effect: .status(code: 500))])
    }

    // MARK: Lengths

    @Test(arguments: [Int.max, 1 << 62, 1 << 53, 100_000_000_000_000_000])
    func `an absurd length is that product's row`(length: Int) async throws {
        try await Self.fails(
            [Fault(.object, "*_x.bin", effect: .contentLength(wrongBy: length - Self.size))],
            because: "\(length) bytes",
            requests: 1...1
        )
    }

    @Test func `a length that is larger than the disk is that product's row`() async throws {
        try await Self.fails(
            [Fault(.object, "*_x.bin", effect: .contentLength(wrongBy: (1 << 49) - Self.size))],
            because: "file system",
            requests: 1...1
        )
    }

    @Test(arguments: ["18446744073709551616", "-1", "5000000, 5000001", "0x10", ""])
    func `a length that is none, or two, is that product's row`(value: String) async throws {
        try await Self.fails(
            [Fault(.object, "*_x.bin", effect: .addHeader(name: "Content-Length", value: value))],
            because: "",
            requests: 1...4
        )
    }

    @Test func `a length beside chunks is that product's row, and not asked for again`() async throws {
        try await Self.fails(
            [
                Fault(.object, "*_x.bin", effect: .chunked()),
                Fault(.object, "*_x.bin", effect: .addHeader(name: "Content-Length", value: "1000")),
            ],
            because: "both a Content-Length and a Transfer-Encoding",
            requests: 1...1
        )
    }

    @Test func `the same length said twice is a length`() async throws {
        try await Self.passes([
            Fault(.object, ranged: false, effect: .addHeader(name: "Content-Length", value: "\(Self.size)"))
        ])
    }

    @Test func `what the bucket lists of this version must be what comes`() async throws {
        try await Self.fails(
            [Fault(.object, "*_x.bin", effect: .truncate(to: 1_000))],
            because: "its bucket lists \(Self.size)",
            requests: 1...3,
            isListed: true
        )
    }

    // MARK: Pages and codings

    @Test(arguments: ["text/html", "text/plain", "binary/octet-stream"])
    func `a page with an ETag is no product, whatever it says of itself`(type: String) async throws {
        let page = Fault.Effect.answer(body: "<!DOCTYPE html>\n<html>Sign in</html>", contentType: type)
        let faults = [
            Fault(.object, first: 1, effect: page), Fault(.object, first: 1, effect: .etag(value: "\"a-b\"")),
        ]
        let text = Array("Sentinel-1 RTC product\n".utf8)
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key(".README.md.txt"), StoredObject(text))
            let report = try await mirror.sync(suffixes: [".README.md.txt"])
            #expect(report.exitCode == .ok, "\(report.rows)")
            #expect(mirror.bytes(MirrorFixture.stem + ".README.md.txt") == text)
        }
    }

    @Test(arguments: ["UTF-8", "aws-chunked", "none", "", "binary"])
    func `a word that is no coding, over bytes whose digest is right, is passed over`(word: String) async throws {
        try await Self.passes([Fault(.object, effect: .addHeader(name: "Content-Encoding", value: word))]) {
            mirror,
            _ in
            #expect(Self.requests(mirror).count { $0.headers["range"] == nil } == 1)
        }
    }

    @Test func `where no digest decides, such a word is a refusal, and not asked for again`() async throws {
        try await Self.fails(
            [
                Fault(.object, "*_x.bin", effect: .addHeader(name: "Content-Encoding", value: "UTF-8")),
                Fault(.object, "*_x.bin", effect: .etag(value: "\"made-by-another-tool\"")),
            ],
            because: "utf-8",
            requests: 1...40
        )
    }

    @Test func `a coding that stays is asked for twice and no more`() async throws {
        // Few, so that the simulator encodes them in less time than that after which an answer is given up.
        let bytes = Array(Self.bytes.prefix(300_000))
        try await Self.fails([Fault(.object, "*_x.bin", effect: .gzip)], bytes, because: "gzip", requests: 2...2)
    }

    @Test func `what HyP3 says of a size counts where no digest does`() async throws {
        for (etag, isArchived) in [("\"made-by-another-tool\"", false), (nil, true)] as [(String?, Bool)] {
            let fault = etag.map { [Fault(.object, effect: .etag(value: $0))] } ?? []
            try await withMirror(faults: fault) { mirror in
                try mirror.addJob()
                mirror.simulator.catalogue.putObject(MirrorFixture.key(".zip"), StoredObject(Self.emptyZip))
                let report = try await mirror.sync(suffixes: [".zip"])
                #expect((mirror.bytes(MirrorFixture.stem + ".zip") != nil) == isArchived, "\(report.rows)")
                #expect(report.exitCode == (isArchived ? .ok : .incomplete))
            }
        }
    }

    /// HyP3 says that it has one byte.
    private static let emptyZip: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)

    // MARK: Records

    @Test(arguments: ["9223372036854775807", "4611686018427387904", "-1", "0", "1e300", "262145", "100000000000000"])
    func `a record with an impossible total costs what was staged and nothing else`(total: String) async throws {
        try await withProduct(Self.bytes, faults: [Fault(.object, first: 1, effect: .stall(after: 1_500_000))]) {
            mirror in
            let stop = RunStop()
            let task = try await mirror.withStaged(1 << 20) {
                Task { try await mirror.sync(["connections": ["1"]], stop: stop) }
            }
            stop.request(.signal(15))
            task.cancel()
            _ = try await task.value
            let partial = mirror.state.staging
            let names = try FileManager.default.contentsOfDirectory(atPath: partial)
            let record = "\(partial)/" + (try #require(names.first { $0.hasSuffix(StagedFile.recordSuffix) }))
            let text = String(decoding: try #require(FileManager.default.contents(atPath: record)), as: UTF8.self)
            let changed = text.replacing("\"total\":\(Self.size)", with: "\"total\":\(total)")
            #expect(changed != text)
            try Data(changed.utf8).write(to: URL(filePath: record))
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok, "\(report.rows)")
            #expect(report.bytesResumed == 0)
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    // MARK: Crawls

    @Test func `a connection that crawls is cut, and its piece is asked for again`() async throws {
        try await Self.passes([Fault(.object, first: 1, effect: .throttle(bytesPerSecond: 2))]) { mirror, _ in
            #expect(Self.requests(mirror).count > 1)
        }
    }

    @Test func `a helper that crawls does not hold up its product`() async throws {
        try await Self.passes([Fault(.object, ranged: true, first: 1, effect: .throttle(bytesPerSecond: 2))])
    }

    @Test func `a line that is slow as a whole is waited for`() async throws {
        let bytes = Array(Self.bytes[..<1_600])
        try await Self.passes([Fault(.object, effect: .throttle(bytesPerSecond: 250))], bytes) { mirror, _ in
            #expect(Self.requests(mirror).count == 1)
        }
    }

    @Test func `who limits the rate himself is not punished for it`() async throws {
        let bytes = Array(Self.bytes[..<120])
        try await Self.passes(
            [Fault(.object, effect: .throttle(bytesPerSecond: 20))],
            bytes,
            flags: ["limit-rate": ["20"]]
        ) {
            mirror,
            _ in
            #expect(Self.requests(mirror).count == 1)
        }
    }
}
