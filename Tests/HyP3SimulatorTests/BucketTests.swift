import Foundation
import HyP3Simulator
import Testing

@Suite struct BucketTests {
    private let bytes = Content.pattern(seed: 4, count: 300_000).bytes

    @Test func `an object is served whole, in ranges and on conditions as S3 does`() async throws {
        try await withSimulator { simulator in
            simulator.catalogue.putObject("a/b.tif", StoredObject(bytes))
            let url = simulator.catalogue.url("a/b.tif")
            let etag = "\"\(hexadecimal(digest(Content(bytes), .md5)))\""
            let whole = try await CurlRun.get(simulator, url)
            #expect(whole.status == 200 && whole.body == bytes)
            #expect(whole.headers["etag"] == etag && whole.headers["content-type"] == "image/tiff")
            #expect(whole.headers["accept-ranges"] == "bytes" && whole.headers["server"] == "AmazonS3")

            let head = try await CurlRun.get(simulator, url, "--head")
            #expect(head.status == 200 && head.headers["content-length"] == "300000")

            for (range, expected) in [
                ("100-199", 100..<200), ("1000-", 1_000..<300_000), ("-22", 299_978..<300_000),
                ("299999-999999999", 299_999..<300_000), ("-999999", 0..<300_000),
            ] {
                let part = try await CurlRun.get(simulator, url, "--range", range)
                #expect(part.status == 206 && part.body == Array(bytes[expected]))
                #expect(
                    part.headers["content-range"] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/300000"
                )
            }
            let several = try await CurlRun.get(simulator, url, "--range", "0-9,20-29")
            #expect(several.status == 200 && several.body.count == 300_000)
            let beyond = try await CurlRun.get(simulator, url, "--range", "300000-")
            #expect(beyond.status == 416)
            #expect(beyond.text.contains("<Code>InvalidRange</Code>"))
            #expect(beyond.text.contains("<ActualObjectSize>300000</ActualObjectSize>"))

            for (header, status) in [
                ("If-Range: \(etag)", 206), ("If-Range: W/\(etag)", 200), ("If-Range: \"other\"", 200),
                ("If-Match: \(etag)", 206), ("If-Match: \"other\"", 412), ("If-None-Match: \(etag)", 304),
            ] {
                let run = try await CurlRun.get(simulator, url, "--range", "5-9", "--header", header)
                #expect(run.status == status)
                if status < 300 { #expect(run.body == (status == 206 ? Array(bytes[5..<10]) : bytes)) }
            }
        }
    }

    @Test func `both styles of URL lead to the same object and keys may hold anything`() async throws {
        try await withSimulator { simulator in
            let key = "a b/+&=é%25.txt"
            simulator.catalogue.putObject(key, StoredObject(bytes), bucket: "other-bucket")
            let encoded = "a%20b/%2B%26%3D%C3%A9%2525.txt"
            for url in [
                "https://other-bucket.s3.localhost:\(simulator.port)/\(encoded)",
                "https://localhost:\(simulator.port)/other-bucket/\(encoded)",
                "https://s3.localhost:\(simulator.port)/other-bucket/\(encoded)",
            ] {
                let run = try await CurlRun.get(simulator, url)
                #expect(run.status == 200 && run.body == bytes)
            }
            let missing = try await CurlRun.get(simulator, "\(simulator.bucketURL)/nothing")
            #expect(missing.status == 404 && missing.text.contains("<Code>NoSuchKey</Code>"))
            let url = "https://nobody.s3.localhost:\(simulator.port)/x"
            #expect(try await CurlRun.get(simulator, url).text.contains("<Code>NoSuchBucket</Code>"))
        }
    }

    @Test(arguments: [(8_388_607, 0), (8_388_608, 1), (20_971_643, 3)])
    func `from the part size on, the ETag is the digest of the parts' digests`(size: Int, parts: Int) async throws {
        try await withSimulator { simulator in
            let content = Content.pattern(seed: 9, count: size)
            simulator.catalogue.putObject("big", StoredObject(content))
            let head = try await CurlRun.get(simulator, simulator.catalogue.url("big"), "--head")
            var expected = hexadecimal(digest(content, .md5))
            if parts > 0 {
                let all = content.bytes
                let digests = stride(from: 0, to: size, by: 8 << 20).flatMap { start in
                    digest(Content(Array(all[start..<min(size, start + 8 << 20)])), .md5)
                }
                expected = "\(hexadecimal(digest(Content(digests), .md5)))-\(parts)"
            }
            #expect(head.headers["etag"] == "\"\(expected)\"")

            let part = try await CurlRun.get(
                simulator,
                simulator.catalogue.url("big") + "?partNumber=\(max(1, parts))",
                "--head"
            )
            #expect(part.status == 206)
            #expect(part.headers["x-amz-mp-parts-count"] == (parts > 0 ? "\(parts)" : nil))
            let length = parts > 0 ? size - (parts - 1) << 23 : size
            #expect(part.headers["content-length"] == "\(length)")
            let none = try await CurlRun.get(simulator, simulator.catalogue.url("big") + "?partNumber=\(parts + 2)")
            #expect(none.status == 416)
        }
    }

    /// The check values of the CRC catalogue and of the hash functions' own standards, for "123456789" and "abc".
    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "123456789", "cbf43926"), (.crc32c, "123456789", "e3069283"),
        (.crc64nvme, "123456789", "ae8b14860a799888"), (.md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `digests have their published values`(algorithm: ChecksumAlgorithm, text: String, value: String) {
        #expect(hexadecimal(digest(Content(text), algorithm)) == value)
    }

    @Test func `checksums come when asked for, whole or composite, and not with a range`() async throws {
        try await withSimulator { simulator in
            var object = StoredObject(bytes)
            object.partSize = 100_000
            object.checksums = [ObjectChecksum(.crc64nvme)]
            simulator.catalogue.putObject("full", object)
            object.checksums = [ObjectChecksum(.sha256, isComposite: true)]
            simulator.catalogue.putObject("composite", object)
            let mode = "x-amz-checksum-mode: ENABLED"

            let full = try await CurlRun.get(simulator, simulator.catalogue.url("full"), "--header", mode)
            let crc = Data(digest(Content(bytes), .crc64nvme)).base64EncodedString()
            #expect(full.headers["x-amz-checksum-crc64nvme"] == crc)
            #expect(full.headers["x-amz-checksum-type"] == "FULL_OBJECT")

            let composite = try await CurlRun.get(simulator, simulator.catalogue.url("composite"), "-H", mode)
            let parts = [0, 100_000, 200_000].flatMap { digest(Content(Array(bytes[$0..<$0 + 100_000])), .sha256) }
            let value = Data(digest(Content(parts), .sha256)).base64EncodedString()
            #expect(composite.headers["x-amz-checksum-sha256"] == "\(value)-3")
            #expect(composite.headers["x-amz-checksum-type"] == "COMPOSITE")

            for options in [["--range", "0-9", "--header", mode], ["--head"]] {
                let run = try await CurlRun.run(
                    ["--cacert", simulator.caFile] + options + [simulator.catalogue.url("full")]
                )
                #expect(run.headers["x-amz-checksum-crc64nvme"] == nil)
            }
        }
    }

    @Test func `a listing comes in pages of a thousand keys in byte order`() async throws {
        try await withSimulator { simulator in
            let keys = (0..<2_500).map { "job/\($0)-<&>é.tif" }
            for key in keys { simulator.catalogue.putObject(key, StoredObject([1, 2, 3]), bucket: "listed") }
            simulator.catalogue.putObject("jobs/other", StoredObject([1]), bucket: "listed")
            let base = "https://listed.s3.localhost:\(simulator.port)/?list-type=2&prefix=job/"
            var found: [String] = []
            var counts: [Int] = []
            var url = base
            while true {
                let run = try await CurlRun.get(simulator, url)
                let page = run.text.matches(of: /<Key>([^<]*)<\/Key>/).map {
                    String($0.1).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
                }
                found += page
                counts.append(page.count)
                guard let token = run.text.firstMatch(of: /<NextContinuationToken>([^<]*)</) else { break }
                #expect(run.text.contains("<IsTruncated>true</IsTruncated>"))
                url = base + "&continuation-token=\(token.1.replacing("=", with: "%3D").replacing("+", with: "%2B"))"
            }
            #expect(counts == [1_000, 1_000, 500])
            #expect(found == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            let encoded = try await CurlRun.get(simulator, base + "&encoding-type=url&max-keys=1")
            #expect(encoded.text.contains("<Key>job/0-%3C%26%3E%C3%A9.tif</Key>"))
            #expect(encoded.text.contains("<ETag>&quot;5289df737df57326fcdd22597afb1fac&quot;</ETag><Size>3</Size>"))
        }
    }

    @Test func `where nobody may list, a missing object is forbidden`() async throws {
        try await withSimulator { simulator in
            simulator.catalogue.allowListing(false)
            for path in ["/missing", "?list-type=2"] {
                let run = try await CurlRun.get(simulator, simulator.bucketURL + path)
                #expect(run.status == 403 && run.text.contains("<Code>AccessDenied</Code>"))
            }
        }
    }

    @Test func `more requests at once than the limit are told to slow down`() async throws {
        try await withSimulator { simulator in
            simulator.catalogue.putObject("slow", StoredObject(bytes))
            simulator.catalogue.putObject("next", StoredObject(bytes))
            simulator.limitConcurrency(1)
            simulator.faults.add(Fault(.object, "slow", effect: .stall(after: 10)))
            async let stalled = CurlRun.get(simulator, simulator.catalogue.url("slow"))
            try await simulator.requests.wait { !$0.isEmpty }
            let refused = try await CurlRun.get(simulator, simulator.catalogue.url("next"))
            #expect(refused.status == 503 && refused.text.contains("<Code>SlowDown</Code>"))
            simulator.limitConcurrency(2)
            #expect(try await CurlRun.get(simulator, simulator.catalogue.url("next")).status == 200)
            await simulator.faults.waitUntilStalled()
            simulator.faults.releaseStalls()
            #expect(try await stalled.body == bytes)
        }
    }
}
