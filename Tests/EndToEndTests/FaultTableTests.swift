import HyP3Mirror
import HyP3Simulator
import Testing

/// One row a fault: whatever happens on the way, the product is whole under its name or not there at all.
@Suite(.timeLimit(.minutes(5))) struct FaultTableTests {
    static let size = 3_000_000
    static let bytes = Content.pattern(seed: 7, count: size).bytes

    /// Faults that a run gets over by itself.
    static let passing: [(String, Fault)] = [
        ("cut before the first byte", Fault(.object, first: 1, effect: .cut(after: 0))),
        ("cut after a byte", Fault(.object, first: 1, effect: .cut(after: 1))),
        ("cut in the middle", Fault(.object, first: 2, effect: .cut(after: 1_500_000))),
        ("cut before the last byte", Fault(.object, first: 1, effect: .cut(after: size - 1))),
        ("reset", Fault(.object, first: 1, effect: .reset(after: 1_000_000))),
        ("end without TLS's own end", Fault(.object, first: 1, effect: .drop(after: 1_000_000))),
        ("half-closed", Fault(.object, first: 1, effect: .halfClose(after: 1_000_000))),
        ("stall", Fault(.object, first: 1, effect: .stall(after: 1_000_000))),
        ("429 with Retry-After", Fault(.object, first: 2, effect: .status(code: 429, retryAfter: "0"))),
        ("503 without Retry-After", Fault(.object, first: 2, effect: .status(code: 503))),
        ("500", Fault(.object, first: 1, effect: .status(code: 500))),
        ("HTML with 200", Fault(.object, first: 1, effect: .html)),
        ("S3 error with 200", Fault(.object, first: 1, effect: .xmlError)),
        ("wrong bytes once", Fault(.object, first: 1, effect: .flipBit())),
        ("length too large", Fault(.object, first: 1, effect: .contentLength(wrongBy: 1000))),
        ("length too small", Fault(.object, first: 1, effect: .contentLength(wrongBy: -1000))),
        ("truncated with its length", Fault(.object, first: 1, effect: .truncate(to: 1000))),
        ("no length, whole", Fault(.object, effect: .noContentLength())),
        ("no length, cut", Fault(.object, first: 1, effect: .noContentLength(keep: 1_000_000))),
        ("chunked, cut", Fault(.object, first: 1, effect: .chunked(keep: 1_000_000))),
        ("gzip once", Fault(.object, first: 1, effect: .gzip)),
        ("redirect to another host", Fault(.object, first: 1, effect: .redirect(to: .otherHost))),
        // Less than the first connection's piece: what it leaves there is only to be had of the new object.
        ("object replaced in mid-transfer", Fault(.object, first: 1, effect: .replaceObject(after: 500_000))),
    ]

    @Test(arguments: passing.indices)
    func `a passing fault is got over, and the product is what the service has`(row: Int) async throws {
        let (name, fault) = Self.passing[row]
        try await withMirror(faults: [fault]) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok, "\(name): \(report.rows)")
            let last = mirror.simulator.catalogue.object(MirrorFixture.key("_x.bin"))?.content.bytes
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == last, "\(name)")
            #expect(report.proofs == ["md5-etag": 1], "\(name)")
        }
    }

    @Test func `an object replaced while its bytes come over one connection is fetched anew`() async throws {
        let fault = Fault(.object, first: 1, effect: .replaceObject(after: 1_500_000))
        try await withMirror(faults: [fault]) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync(["connections": ["1"]])
            #expect(report.exitCode == .ok, "\(report.rows)")
            let last = mirror.simulator.catalogue.object(MirrorFixture.key("_x.bin"))?.content.bytes
            #expect(last != Self.bytes && mirror.bytes(MirrorFixture.stem + "_x.bin") == last)
            #expect(report.proofs == ["md5-etag": 1])
        }
    }

    /// Whether others have brought the rest by then is a matter of chance.
    @Test(arguments: 0..<10)
    func `an object replaced when all of it is on the way is archived as one or the other`(_: Int) async throws {
        let fault = Fault(.object, first: 1, effect: .replaceObject(after: 1_500_000))
        try await withProduct(Self.bytes, faults: [fault]) { mirror in
            let key = MirrorFixture.key("_x.bin")
            let before = try #require(mirror.simulator.catalogue.etag(key))
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok && report.proofs == ["md5-etag": 1], "\(report.rows)")
            let manifest = String(decoding: try #require(mirror.bytes(".hyp3-mirror/manifest.jsonl")), as: UTF8.self)
            let entry = try #require(ManifestEntry(line: manifest.utf8.dropLast()))
            let after = mirror.simulator.catalogue.object(key)?.content.bytes
            let expected = entry.etag == before ? Self.bytes : after
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == expected)
        }
    }

    /// What comes with the second request after a first that was cut in the middle.
    static let resuming: [(String, Fault.Effect)] = [
        ("Range ignored", .ignoreRange), ("206 of another range", .shiftRange(by: 4096)),
        ("wrong Content-Range", .contentRange()), ("416", .refuseRange), ("another ETag", .etag(value: "\"other\"")),
        ("HTML", .html), ("cut again", .cut(after: 200_000)), ("503", .status(code: 503)),
    ]

    @Test(arguments: resuming.indices)
    func `a resume that is answered wrongly still ends with the right bytes`(row: Int) async throws {
        let (name, effect) = Self.resuming[row]
        let faults = [
            Fault(.object, first: 1, effect: .cut(after: 1_500_000)), Fault(.object, skip: 1, first: 1, effect: effect),
        ]
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok, "\(name): \(report.rows)")
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes, "\(name)")
        }
    }

    /// Faults that do not pass: exit 1, a row, and nothing under the product's name.
    static let lasting: [(String, Fault)] = [
        ("wrong bytes always", Fault(.object, effect: .flipBit())),
        ("always cut at once", Fault(.object, effect: .cut(after: 0))),
        ("503 for ever", Fault(.object, effect: .status(code: 503))), ("HTML for ever", Fault(.object, effect: .html)),
        ("S3 error for ever", Fault(.object, effect: .xmlError)), ("gzip for ever", Fault(.object, effect: .gzip)),
        ("redirect in the clear", Fault(.object, effect: .redirect(to: .plainHTTP))),
        ("redirect to the login", Fault(.object, effect: .redirect(to: .loginHost))),
        ("redirect in a loop", Fault(.object, effect: .redirect(to: .loop))),
        ("401", Fault(.object, effect: .status(code: 401))),
        ("no length and no ETag", Fault(.object, effect: .etag(value: nil))),
    ]

    @Test(arguments: lasting.indices)
    func `a lasting fault is a row and never a file`(row: Int) async throws {
        let (name, fault) = Self.lasting[row]
        var faults = [fault]
        if name == "no length and no ETag" { faults.append(Fault(.object, effect: .noContentLength())) }
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync()
            #expect(report.exitCode == .incomplete, "\(name)")
            #expect(report.rows.count == 1 && report.rows.first?.reason.isEmpty == false, "\(name)")
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil, "\(name)")
        }
    }

    @Test func `one product's trouble does not stop the others`() async throws {
        try await withMirror(faults: [Fault(.object, "*_bad.bin", effect: .status(code: 500))]) { mirror in
            try mirror.addJob()
            for suffix in ["_x.bin", "_bad.bin", "_y.bin"] {
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(Self.bytes))
            }
            let report = try await mirror.sync(["connections": ["1"]], suffixes: ["_bad.bin", "_x.bin", "_y.bin"])
            #expect(report.exitCode == .incomplete)
            #expect(report.archived == 2 && report.rows.count == 1)
        }
    }

    @Test func `what is not there is absent, whether the bucket says 404 or 403`() async throws {
        for isListed in [true, false] {
            try await withMirror { mirror in
                try mirror.addJob()
                mirror.simulator.catalogue.allowListing(isListed)
                let report = try await mirror.sync()
                #expect(report.exitCode == .ok)
                #expect(report.count(ProductOutcome.absent) + report.count(ProductState.absent) == 1)
            }
        }
    }

    @Test func `an object replaced between two runs is not glued to the old one's bytes`() async throws {
        try await withMirror(faults: [Fault(.object, first: 4, effect: .cut(after: 600_000))]) { mirror in
            try mirror.addJob()
            let key = MirrorFixture.key("_x.bin")
            mirror.simulator.catalogue.putObject(key, StoredObject(Self.bytes))
            let stop = RunStop()
            let first = Task { try await mirror.sync(stop: stop) }
            try await mirror.simulator.requests.wait { requests in
                requests.contains { $0.host.hasSuffix(".s3.localhost") && $0.isFinished }
            }
            stop.request(.signal(15))
            first.cancel()
            #expect(try await first.value.exitCode == .terminated)
            let other = Content.pattern(seed: 8, count: Self.size).bytes
            mirror.simulator.catalogue.putObject(key, StoredObject(other))
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == other)
        }
    }
}
