import Foundation
import HyP3Simulator
import Testing

@Suite struct FaultTests {
    private static let content = Content.pattern(seed: 11, count: 200_000)
    private let bytes = content.bytes

    /// A service with the object `x`, and its URL.
    private func withObject(_ faults: Fault..., body: (Simulator, String) async throws -> Void) async throws {
        var configuration = SimulatorConfiguration()
        configuration.faults = faults
        try await withSimulator(configuration) { simulator in
            simulator.catalogue.putObject("x", StoredObject(bytes))
            try await body(simulator, simulator.catalogue.url("x"))
        }
    }

    @Test func `a cut comes after as many bytes as it says, and once only when told so`() async throws {
        for count in [0, 1, 100_000, 199_999] {
            try await withObject(Fault(.object, first: 1, effect: .cut(after: count))) { simulator, url in
                let cut = try await CurlRun.get(simulator, url)
                #expect(cut.exit == 18 && cut.body == Array(bytes[..<count]))
                #expect(cut.headers["content-length"] == "200000")
                let whole = try await CurlRun.get(simulator, url)
                #expect(whole.exit == 0 && whole.body == bytes)
                try await simulator.requests.wait { $0.count == 2 && $0.allSatisfy(\.isFinished) }
                #expect(simulator.requests.all.map(\.bodyBytes) == [count, 200_000])
                #expect(simulator.requests.all.map(\.isWhole) == [false, true])
            }
        }
    }

    @Test func `a reset is a reset`() async throws {
        try await withObject(Fault(.object, effect: .reset(after: 1_000))) { simulator, url in
            let run = try await CurlRun.get(simulator, url)
            #expect(run.exit == 56)
            #expect(run.body == Array(bytes[..<1_000]))
        }
    }

    @Test func `a dropped connection ends without TLS's own end`() async throws {
        try await withObject(Fault(.object, effect: .drop(after: 1_000))) { simulator, url in
            let run = try await CurlRun.get(simulator, url)
            // 56 where curl passes on OpenSSL's "unexpected eof", 18 where it takes it for the end.
            #expect([18, 56].contains(run.exit))
            #expect(run.body == Array(bytes[..<1_000]))
        }
    }

    @Test func `a half-closed connection is an early end to the client`() async throws {
        try await withObject(Fault(.object, effect: .halfClose(after: 1_000))) { simulator, url in
            let run = try await CurlRun.get(simulator, url)
            #expect(run.exit == 18 && run.body == Array(bytes[..<1_000]))
        }
    }

    @Test func `a stall lasts until the client goes, or until it is released`() async throws {
        try await withObject(Fault(.object, effect: .stall(after: 1_000))) { simulator, url in
            let run = try await CurlRun.get(simulator, url, "--max-time", "1")
            #expect(run.exit == 28 && run.body == Array(bytes[..<1_000]))
            try await simulator.requests.wait { $0[0].isFinished }
            async let released = CurlRun.get(simulator, url)
            await simulator.faults.waitUntilStalled()
            simulator.faults.releaseStalls()
            #expect(try await released.body == bytes)
        }
    }

    @Test func `a status comes as often as told, with its Retry-After and the service's own body`() async throws {
        try await withObject(
            Fault(.object, first: 2, effect: .status(code: 503, retryAfter: "7")),
            Fault(.api, first: 1, effect: .status(code: 429)),
            Fault(
                .login,
                first: 1,
                effect: .status(code: 502, retryAfter: nil, body: "<html>", contentType: "text/html")
            )
        ) { simulator, url in
            for expected in [503, 503, 200] {
                let run = try await CurlRun.get(simulator, url)
                #expect(run.status == expected)
                #expect(run.headers["retry-after"] == (expected == 503 ? "7" : nil))
                #expect(run.text.contains("<Code>SlowDown</Code>") == (expected == 503))
            }
            #expect(try await CurlRun.api(simulator, "/jobs").text == #"{"message": "Too Many Requests"}"#)
            #expect(try await CurlRun.api(simulator, "/jobs").status == 200)
            let login = try await CurlRun.get(simulator, simulator.loginURL)
            #expect(login.status == 502 && login.text == "<html>")
        }
    }

    @Test func `wrong bytes differ in one bit under the true ETag`() async throws {
        try await withObject(Fault(.object, first: 1, effect: .flipBit())) { simulator, url in
            let wrong = try await CurlRun.get(simulator, url)
            let right = try await CurlRun.get(simulator, url)
            #expect(right.body == bytes && wrong.headers["etag"] == right.headers["etag"])
            let different = bytes.indices.filter { wrong.body[$0] != bytes[$0] }
            #expect(different == [100_000] && wrong.body[100_000] ^ bytes[100_000] == 1)
        }
    }

    @Test func `lengths are told wrong in every way`() async throws {
        let table: [(effect: Fault.Effect, exit: Int32, count: Int, length: String?)] = [
            (.contentLength(wrongBy: 10), 18, 200_000, "200010"), (.contentLength(wrongBy: -10), 0, 199_990, "199990"),
            (.noContentLength(), 0, 200_000, nil), (.noContentLength(keep: 50), 0, 50, nil),
            (.truncate(to: 70), 0, 70, "70"), (.chunked(), 0, 200_000, nil), (.chunked(keep: 90), 18, 90, nil),
        ]
        try await withObject { simulator, url in
            for row in table {
                simulator.faults.removeAll()
                simulator.faults.add(Fault(.object, effect: row.effect))
                let run = try await CurlRun.get(simulator, url)
                #expect(run.exit == row.exit && run.body == Array(bytes[..<row.count]), "\(row.effect)")
                #expect(run.headers["content-length"] == row.length, "\(row.effect)")
            }
        }
    }

    @Test func `ETags can be weak, missing, another, or new every time`() async throws {
        try await withObject { simulator, url in
            func etags(_ effect: Fault.Effect) async throws -> [String?] {
                simulator.faults.removeAll()
                simulator.faults.add(Fault(.object, effect: effect))
                return [
                    try await CurlRun.get(simulator, url).headers["etag"],
                    try await CurlRun.get(simulator, url).headers["etag"],
                ]
            }
            let etag = try #require(simulator.catalogue.etag("x"))
            #expect(try await etags(.weakETag) == ["W/\(etag)", "W/\(etag)"])
            #expect(try await etags(.etag(value: nil)) == [nil, nil])
            #expect(try await etags(.etag(value: "\"a\"")) == ["\"a\"", "\"a\""])
            let changing = try await etags(.changingETag)
            #expect(changing[0] != changing[1])
        }
    }

    @Test func `an object can be replaced in mid-transfer`() async throws {
        try await withObject(Fault(.object, first: 1, effect: .replaceObject(after: 500))) { simulator, url in
            let cut = try await CurlRun.get(simulator, url)
            #expect(cut.exit == 18 && cut.body == Array(bytes[..<500]))
            let etag = try #require(cut.headers["etag"])
            let rest = try await CurlRun.get(simulator, url, "--range", "500-", "--header", "If-Range: \(etag)")
            #expect(rest.status == 200 && rest.headers["etag"] != etag)
            #expect(rest.body.count == bytes.count && rest.body != bytes)
        }
    }

    @Test func `ranges are ignored, shifted, mislabelled and refused`() async throws {
        try await withObject { simulator, url in
            func ranged(_ effect: Fault.Effect) async throws -> CurlRun {
                simulator.faults.removeAll()
                simulator.faults.add(Fault(.object, ranged: true, effect: effect))
                #expect(try await CurlRun.get(simulator, url).body == bytes)
                return try await CurlRun.get(simulator, url, "--range", "1000-1999")
            }
            let ignored = try await ranged(.ignoreRange)
            #expect(ignored.status == 200 && ignored.body == bytes)
            let shifted = try await ranged(.shiftRange(by: 5))
            #expect(shifted.status == 206 && shifted.body == Array(bytes[1_005..<2_005]))
            #expect(shifted.headers["content-range"] == "bytes 1005-2004/200000")
            let labelled = try await ranged(.contentRange())
            #expect(labelled.body == Array(bytes[1_000..<2_000]))
            #expect(labelled.headers["content-range"] == "bytes 1000-1999/200001")
            #expect(try await ranged(.refuseRange).status == 416)
        }
    }

    @Test func `redirects lead to plain HTTP, to other hosts and in circles`() async throws {
        try await withObject { simulator, url in
            func redirected(_ to: Fault.Destination) async throws -> (CurlRun, LoggedRequest) {
                simulator.faults.removeAll()
                simulator.requests.clear()
                simulator.faults.add(Fault(.object, "x", first: to == .loop ? nil : 1, effect: .redirect(to: to)))
                let run = try await CurlRun.get(simulator, url, "--location", "--max-redirs", "3")
                return (run, try #require(simulator.requests.all.last))
            }
            let (plain, plainRequest) = try await redirected(.plainHTTP)
            #expect(plain.body == bytes && !plainRequest.isSecure)
            let (other, otherRequest) = try await redirected(.otherHost)
            #expect(other.body == bytes && otherRequest.host == "elsewhere.localhost")
            let (login, loginRequest) = try await redirected(.loginHost)
            #expect(login.text.contains("Please log in") && loginRequest.host == "urs.localhost")
            let (loop, _) = try await redirected(.loop)
            #expect(loop.exit == 47 && simulator.requests.all.count == 4)
        }
    }

    @Test func `bodies can be something else under 200`() async throws {
        try await withObject { simulator, url in
            func answer(_ effect: Fault.Effect) async throws -> CurlRun {
                simulator.faults.removeAll()
                simulator.faults.add(Fault(.object, effect: effect))
                return try await CurlRun.get(simulator, url)
            }
            #expect(try await answer(.html).text.hasPrefix("<!doctype html>"))
            #expect(try await answer(.xmlError).text.contains("<Error><Code>InternalError</Code>"))
            let gzip = try await answer(.gzip)
            #expect(gzip.headers["content-encoding"] == "gzip" && gzip.body.starts(with: [0x1F, 0x8B]))
            let unpacked = try await CurlRun.get(simulator, url, "--compressed")
            #expect(unpacked.exit == 0 && unpacked.body == bytes)
        }
    }

    @Test func `a throttled body takes its time`() async throws {
        try await withObject(Fault(.object, effect: .throttle(bytesPerSecond: 100_000))) { simulator, url in
            let clock = ContinuousClock()
            let start = clock.now
            let run = try await CurlRun.get(simulator, url)
            #expect(run.body == bytes)
            #expect(start.duration(to: clock.now) > .milliseconds(1_900))
        }
    }

    @Test func `random faults follow their seed`() async throws {
        func outcomes(_ seed: UInt64) async throws -> [Int] {
            var statuses: [Int] = []
            try await withObject(
                Fault(
                    .object,
                    probability: 0.5,
                    seed: seed,
                    effect: .oneOf(effects: [
                        .status(code: 500),
                        .status(code: 503),
                    ])
                )
            ) { simulator, url in
                for _ in 0..<24 { statuses.append(try await CurlRun.get(simulator, url).status) }
            }
            return statuses
        }
        let one = try await outcomes(1)
        #expect(Set(one) == [200, 500, 503])
        #expect(try await outcomes(1) == one)
        #expect(try await outcomes(2) != one)
    }

    @Test func `faults are read from JSON`() throws {
        let text = """
            [{"target": "object", "match": "*_VV.tif", "first": 2, "effect": {"cut": {"after": 1000}}},
             {"target": "api", "effect": {"status": {"code": 503, "retryAfter": "1"}}},
             {"target": "any", "probability": 0.1, "seed": 4,
              "effect": {"oneOf": {"effects": [{"html": {}}, {"flipBit": {}}]}}}]
            """
        let faults = try JSONDecoder().decode([Fault].self, from: Data(text.utf8))
        #expect(faults.map(\.match) == ["*_VV.tif", "*", "*"])
        guard case .cut(after: 1_000) = faults[0].effect, case .oneOf(let effects) = faults[2].effect else {
            Issue.record("the effects were not read: \(faults)")
            return
        }
        #expect(effects.count == 2)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Fault].self, from: Data(#"[{"target": "object", "effect": {"cat": {}}}]"#.utf8))
        }
    }
}
