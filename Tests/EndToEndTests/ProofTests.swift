import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Testing

/// The proof ladder against a bucket that gives every kind of digest.
@Suite(.timeLimit(.minutes(5))) struct ProofTests {
    private static let bytes = Content.pattern(seed: 3, count: 12 << 20).bytes

    private static func object(
        partSize: Int,
        checksum: HyP3Simulator.ObjectChecksum? = nil,
        etag: ETagRule = .standard
    ) -> StoredObject {
        var object = StoredObject(self.bytes)
        object.partSize = partSize
        object.etag = etag
        if let checksum { object.checksums = [checksum] }
        return object
    }

    @Test(arguments: [
        (5 << 20, "multipart-etag"), (8 << 20, "multipart-etag"), (10 << 20, "multipart-etag"),
        (7_000_000, "multipart-etag"), (16 << 20, "md5-etag"),
    ])
    func `parts of any size are proven, asked of the service where need be`(partSize: Int, proof: String) async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), Self.object(partSize: partSize))
            let report = try await mirror.sync()
            #expect(report.proofs == [proof: 1])
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
        }
    }

    @Test(arguments: ChecksumAlgorithm.allCases.filter { $0 != .md5 })
    func `a full-object checksum spares the ETag`(algorithm: ChecksumAlgorithm) async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(
                MirrorFixture.key("_x.bin"),
                Self.object(partSize: 8 << 20, checksum: .init(algorithm))
            )
            let report = try await mirror.sync()
            #expect(report.proofs == ["checksum-\(algorithm.rawValue)": 1])
        }
    }

    @Test(arguments: ChecksumAlgorithm.allCases.filter { $0 != .md5 })
    func `a full-object checksum that contradicts the bytes keeps them out`(algorithm: ChecksumAlgorithm) async throws {
        try await withMirror(faults: [Fault(.object, effect: .flipBit())]) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(
                MirrorFixture.key("_x.bin"),
                Self.object(partSize: 8 << 20, checksum: .init(algorithm))
            )
            let report = try await mirror.sync()
            #expect(report.exitCode == .incomplete)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
        }
    }

    @Test func `without a usable digest a product is archived and counted apart, or refused on demand`() async throws {
        try await withMirror(faults: [Fault(.object, effect: .weakETag)]) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let refused = try await mirror.sync(["require-checksum": ["true"]])
            #expect(refused.exitCode == .incomplete && refused.count(.unverifiable) == 1)
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok && report.count(.archivedUnproven) == 1)
            #expect(report.proofs == ["length": 1])
        }
    }

    @Test func `a file that was broken before its upload is damaged upstream`() async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_VV.tif"), StoredObject(Array(Self.bytes[..<5000])))
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_VH.tif"), StoredObject([]))
            let report = try await mirror.sync(suffixes: ["_VV.tif", "_VH.tif"])
            #expect(report.exitCode == .incomplete && report.count(.damagedUpstream) == 2)
            #expect(try mirror.files() == ["SHA256SUMS"])
            let forced = try await mirror.sync(["no-structure-check": ["true"]], suffixes: ["_VV.tif", "_VH.tif"])
            #expect(forced.exitCode == .ok && forced.archived == 2)
        }
    }

    private static let dropsPartNumber = Fault(.object, effect: .ignorePartNumber)

    /// Bytes of the object, and of its parts: `-1` of 8 MiB, `-3` of 16 MiB, `-2` of a last part of one byte.
    static let flipped: [(Int, Int)] = [(8 << 20, 8 << 20), (16 << 20, 6 << 20), ((8 << 20) + 1, 8 << 20)]

    @Test(arguments: flipped)
    func `a flipped bit never passes for right where the length of parts is not told`(
        count: Int,
        partSize: Int
    ) async throws {
        let faults = [Self.dropsPartNumber, Fault(.object, method: "GET", first: 1, effect: .flipBit())]
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            var object = StoredObject(Content.pattern(seed: 3, count: count))
            object.partSize = partSize
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), object)
            let report = try await mirror.sync(["connections": ["1"]])
            #expect(report.exitCode == .ok && report.proofs == ["multipart-etag": 1], "\(report.rows)")
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == object.content.bytes)
        }
    }

    @Test func `a multipart ETag of one part is never archived on length`() async throws {
        let faults = [Self.dropsPartNumber, Fault(.object, method: "GET", effect: .flipBit())]
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(
                MirrorFixture.key("_x.bin"),
                StoredObject(Content.pattern(seed: 3, count: 8 << 20))
            )
            let report = try await mirror.sync()
            #expect(report.exitCode == .incomplete)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
        }
    }

    /// A part size that no tool has, so that only the service could tell it.
    private static func oddObject() -> StoredObject { self.object(partSize: 7_654_321) }

    @Test func `parts that nobody tells: the same bytes over another connection are archived as unproven`() async throws
    {
        try await withMirror(faults: [Self.dropsPartNumber]) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), Self.oddObject())
            let refused = try await mirror.sync(["require-checksum": ["true"]])
            #expect(refused.exitCode == .incomplete && refused.count(.unverifiable) == 1)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
            let report = try await mirror.sync(["connections": ["1"]])
            #expect(report.exitCode == .ok && report.count(.archivedUnproven) == 1)
            #expect(report.proofs == ["length": 1])
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
        }
    }

    @Test func `parts that nobody tells: other bytes over another connection are not archived`() async throws {
        let faults =
            [Self.dropsPartNumber]
            + (0..<8).map { Fault(.object, method: "GET", skip: $0, first: 1, effect: .flipBit(at: 1_000 + $0)) }
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), Self.oddObject())
            let report = try await mirror.sync(["connections": ["1"]])
            #expect(report.exitCode == .incomplete)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
        }
    }

    /// Bytes of the parts; the second is a last part longer than the first.
    static let unequal: [[Int]] = [[5 << 20, 7 << 20, 9 << 20], [5 << 20, 6 << 20], [6 << 20, 1, 5 << 20, 77]]

    @Test(arguments: unequal)
    func `unequal parts are proven where the service tells their lengths`(lengths: [Int]) async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            var object = StoredObject(Content.pattern(seed: 4, count: lengths.reduce(0, +)))
            object.partLengths = lengths
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), object)
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok && report.proofs == ["multipart-etag": 1], "\(report.rows)")
            let manifest = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
            #expect(manifest.contains("\"multipart-etag-parts\""))
        }
    }

    @Test func `unequal parts whose bytes are wrong contradict`() async throws {
        try await withMirror(faults: [Fault(.object, method: "GET", effect: .flipBit())]) { mirror in
            try mirror.addJob()
            var object = StoredObject(Content.pattern(seed: 4, count: 21 << 20))
            object.partLengths = [5 << 20, 7 << 20, 9 << 20]
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), object)
            let report = try await mirror.sync()
            #expect(report.exitCode == .incomplete)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
        }
    }
}
