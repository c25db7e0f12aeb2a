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
            let refused = try await mirror.sync([.requireChecksum: ["true"]])
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
            let forced = try await mirror.sync([.noStructureCheck: ["true"]], suffixes: ["_VV.tif", "_VH.tif"])
            #expect(forced.exitCode == .ok && forced.archived == 2)
        }
    }
}
