import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Synchronization
import Testing

/// Listings of the simulator's buckets over real connections.
@Suite struct BucketListingTests {
    private static let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"

    @Test func `a job of 2,500 objects is listed in three pages, anonymously`() async throws {
        try await Self.withListing { simulator, listing in
            let names = (0..<2_500).map { "\(Self.stem)_\($0).tif" }
            for name in names { simulator.catalogue.putObject("job/" + name, StoredObject([1, 2, 3])) }
            let objects = try Self.objects(await listing.objects(at: Self.address(simulator, "job/\(Self.stem)")))
            #expect(Set(objects.keys) == Set(names.map { ByteName($0) }))
            #expect(
                objects.values.allSatisfy { $0 == ListedObject(size: 3, etag: "\"5289df737df57326fcdd22597afb1fac\"") }
            )
            let requests = simulator.requests.all
            #expect(requests.count == 3)
            #expect(requests.allSatisfy { $0.headers["authorization"] == nil && $0.headers["cookie"] == nil })
            #expect(requests.allSatisfy { $0.method == "GET" && $0.path == "/" })
        }
    }

    @Test(arguments: [SimulatorConfiguration.ProductURLs.virtualHost, .path])
    func `keys of any characters come back as they are`(urls: SimulatorConfiguration.ProductURLs) async throws {
        try await Self.withListing(urls) { simulator, listing in
            let names = [
                "a b.tif", "a+b.tif", "a%2Bb.tif", "a&<>\"'b.tif", "aé日.tif", "a=?#[]b.tif", "a\u{1}b.tif",
                // The same to readers, and two objects: composed, and not.
                "a\u{F6}.tif", "ao\u{308}.tif",
            ]
            let directory = "d é/+&=%25"
            for name in names { simulator.catalogue.putObject("\(directory)/\(name)", StoredObject([1])) }
            simulator.catalogue.putObject("\(directory)/a/below.tif", StoredObject([1]))
            let objects = try Self.objects(await listing.objects(at: Self.address(simulator, "\(directory)/a")))
            #expect(Set(objects.keys) == Set(names.map { ByteName($0) }))
            #expect(objects.count == names.count)
        }
    }

    @Test func `other jobs below the same prefix are left alone`() async throws {
        try await Self.withListing { simulator, listing in
            for number in 0..<1_500 {
                simulator.catalogue.putObject("shared/other_\(number).tif", StoredObject([1]))
            }
            for suffix in ["", "_FM", "_WM"] {
                simulator.catalogue.putObject("shared/\(Self.stem)\(suffix).zip", StoredObject([1, 2]))
            }
            let objects = try Self.objects(await listing.objects(at: Self.address(simulator, "shared/\(Self.stem)")))
            #expect(objects.keys.map(\.text).sorted() == ["", "_FM", "_WM"].map { "\(Self.stem)\($0).zip" })
            #expect(simulator.requests.all.count == 1)
        }
    }

    /// What a bucket may answer instead of a listing.
    private static let refusals: [Fault.Effect] = [
        .status(code: 403), .status(code: 404), .status(code: 405), .status(code: 301),
        .answer(body: "<Error><Code>AccessDenied</Code></Error>", contentType: "application/xml"),
        .answer(body: wholeBucket, contentType: "application/xml"),
    ]
    /// What others may answer in a bucket's place, and buckets that give nothing to anybody.
    private static let foreign: [Fault.Effect] = [
        .html, .status(code: 403, body: "<html><title>No</title></html>", contentType: "text/html"),
        .status(code: 403, body: "Forbidden", contentType: "text/plain"), .status(code: 404, body: ""),
        .status(code: 511, body: "login"), .status(code: 401, body: ""), .refused(404, "NoSuchBucket"),
        .refused(403, "RequestTimeTooSkewed"), .redirectURL(url: "https://portal.localhost/"),
        .answer(body: "{\"a\": 1}", contentType: "application/json"), .answer(body: "", contentType: "text/plain"),
        .answer(body: bomb, contentType: "application/xml"),
        .answer(body: "<ListAllMyBucketsResult/>", contentType: "application/xml"),
    ]

    @Test(arguments: refusals.map { ($0, true) } + foreign.map { ($0, false) })
    func `a bucket that does not list is asked once in a run, however many jobs there are`(
        effect: Fault.Effect,
        isBucketsOwnWord: Bool
    ) async throws {
        try await Self.withListing { simulator, listing in
            simulator.faults.add(Fault(.listing, effect: effect))
            let answers = try await withThrowingTaskGroup(of: BucketListing.Answer.self) { group in
                for number in 0..<20 {
                    let address = try Self.address(simulator, "\(number)/a")
                    group.addTask { try await listing.objects(at: address) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 20)
            for answer in answers {
                switch answer {
                case .refused(let reason): #expect(isBucketsOwnWord && reason.contains("localhost"), "\(reason)")
                case .unavailable(let reason): #expect(!isBucketsOwnWord && reason.contains("localhost"), "\(reason)")
                case .objects, .unknown: Issue.record("\(answer)")
                }
            }
            #expect(simulator.requests.all.count == 1)
        }
    }

    @Test(arguments: [
        Fault.Effect.status(code: 503), .status(code: 500), .truncate(to: 300), .cut(after: 300), .reset(after: 10),
        .answer(body: "<Error><Code>InternalError</Code></Error>", contentType: "application/xml"),
    ])
    func `trouble on the way is tried again, and never taken for absence`(effect: Fault.Effect) async throws {
        try await Self.withListing { simulator, listing in
            let first = try Self.address(simulator, "a/\(Self.stem)")
            simulator.catalogue.putObject("a/\(Self.stem).zip", StoredObject([1]))
            simulator.faults.add(Fault(.listing, first: 2, effect: effect))
            #expect(try Self.objects(await listing.objects(at: first)).count == 1)
            #expect(simulator.requests.all.count == 3)

            simulator.faults.add(Fault(.listing, effect: effect))
            guard case .unknown = try await listing.objects(at: first) else {
                Issue.record("more than unknown")
                return
            }
            #expect(simulator.requests.all.count == 3 + 4)
            // Three in a row are enough: the bucket is left alone for the rest of the run.
            for _ in 0..<4 { _ = try await listing.objects(at: first) }
            #expect(simulator.requests.all.count == 3 + 3 * 4)
        }
    }

    @Test func `a page that fails in the middle leaves the listing unknown`() async throws {
        try await Self.withListing { simulator, listing in
            for number in 0..<1_001 { simulator.catalogue.putObject("a/x\(number)", StoredObject([1])) }
            simulator.faults.add(Fault(.listing, skip: 1, effect: .status(code: 403)))
            guard case .unknown = try await listing.objects(at: Self.address(simulator, "a/x")) else {
                Issue.record("more than unknown")
                return
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a stop ends all listings, those that wait for the first answer too`() async throws {
        try await Self.withListing { simulator, listing in
            simulator.faults.add(Fault(.listing, effect: .stall(after: 10)))
            let addresses = try (0..<20).map { try Self.address(simulator, "\($0)/a") }
            let task = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for address in addresses { group.addTask { _ = try await listing.objects(at: address) } }
                    try await group.waitForAll()
                }
            }
            await simulator.faults.waitUntilStalled(1)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(simulator.requests.all.count == 1)
        }
    }

    private static func withListing(
        _ urls: SimulatorConfiguration.ProductURLs = .virtualHost,
        _ body: (Simulator, BucketListing) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.productURLs = urls
        try await withSimulator(configuration) { simulator in
            var options = TransferOptions()
            options.caFile = simulator.caFile
            try await withTransferEngine(options) { engine in
                let pace = Pace(now: { Date() }, sleep: { _ in }, random: { 0 })
                let listing = BucketListing(client: engine, policy: RetryPolicy(attempts: 4), pace: pace)
                try await body(simulator, listing)
            }
        }
    }

    private static func address(_ simulator: Simulator, _ key: String) throws -> BucketAddress {
        try #require(BucketAddress(try HTTPURL(simulator.catalogue.url(key))))
    }

    private static func objects(_ answer: BucketListing.Answer) throws -> [ByteName: ListedObject] {
        guard case .objects(let objects) = answer else { throw NoListing(answer: answer) }
        return objects
    }

    private struct NoListing: Error {
        let answer: BucketListing.Answer
    }
}

/// Three gigabytes of text, were it expanded.
private let bomb =
    "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a0 \"lol\">"
    + (1..<10).map { number in
        "<!ENTITY a\(number) \"" + String(repeating: "&a\(number - 1);", count: 10) + "\">"
    }.joined()
    + "]><ListBucketResult><Prefix>&a9;</Prefix></ListBucketResult>"

/// What a cache that drops the query gives for the bucket's root.
private let wholeBucket =
    "<ListBucketResult><Prefix></Prefix><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents>"
    + "</ListBucketResult>"
