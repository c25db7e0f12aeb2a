import FoundationEssentials
import HyP3Mirror
import TestSupport
import Testing

@Suite struct `Job page` {
    static let job = #"""
        {"job_id": "a1", "user_id": "me", "status_code": "SUCCEEDED", "request_time": "2025-11-11T05:17:41+00:00",
         "job_type": "WATER_MAP", "name": "p", "expiration_time": "2025-11-26T00:00:00+00:00",
         "job_parameters": {"granules": ["G"], "resolution": 30.0, "estimator": "iterative", "none": null, "flag": true},
         "files": [{"url": "https://b.example/a1/P.zip", "size": 3867, "filename": "P.zip", "s3": {"bucket": "b"}}]}
        """#

    private static func page(_ text: String, parameters: Set<String> = []) throws(InvalidValue) -> JobPage {
        try JobPage(body: Array(text.utf8), parameters: parameters)
    }

    /// The job above with one of its members replaced, or taken out by an empty value.
    private static func changed(_ key: String, _ value: String) throws -> String {
        guard case .object(var members) = try JSONValue(json5: Self.job) else { return "" }
        members[key] = value.isEmpty ? nil : try JSONValue(json5: value)
        return Self.text(.object(members))
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null, .bool, .integer, .number: value.excerpt
        case .string(let text): "\"\(text)\""
        case .array(let items): "[\(items.map { Self.text($0) }.joined(separator: ","))]"
        case .object(let members): "{\(members.map { "\"\($0.key)\": \(Self.text($0.value))" }.joined(separator: ","))}"
        }
    }

    @Test func `a job is read as far as an archive needs it`() throws {
        let page = try Self.page(#"{"jobs": [\#(Self.job)], "next": "https://h/jobs?start_token=x", "new": [1, {}]}"#)
        let job = try #require(page.jobs.first)
        #expect(job.id == "a1" && job.type == "WATER_MAP" && job.name == "p" && job.status == .succeeded)
        #expect(CivilTime(job.requestTime).text == "2025-11-11T05:17:41Z")
        #expect(job.expires.map { CivilTime($0).text } == "2025-11-26T00:00:00Z")
        #expect(job.files == [Job.File(filename: "P.zip", size: 3867, url: "https://b.example/a1/P.zip")])
        #expect(job.templateParameters.isEmpty && job.parametersJSON == nil)
        #expect(page.next == "https://h/jobs?start_token=x" && page.unreadable.isEmpty)
    }

    private static let west = "s3.us-west-2.amazonaws.com"

    @Test(arguments: [
        (
            "https://b.\(west)/k#1/50% ü/P.zip", #""b", "key": "k#1/50% ü/P.zip""#,
            "https://b.\(west)/k%231/50%25%20%C3%BC/P.zip"
        ),
        ("https://\(west)/b/k#1/P.zip", #""b", "key": "k#1/P.zip""#, "https://\(west)/b/k%231/P.zip"),
        ("https://d1.cloudfront.net/k?1/P.zip", #""b", "key": "k?1/P.zip""#, "https://d1.cloudfront.net/k%3F1/P.zip"),
        ("https://b.\(west)/e/P.zip", #""b", "key": "e\u0301/P.zip""#, "https://b.\(west)/e%CC%81/P.zip"),
        // The key of another bucket than the URL's.
        ("https://b.\(west)/k/P.zip", #""c", "key": "x y/P.zip""#, "https://b.\(west)/k/P.zip"),
        // What stands in a URL as it is.
        ("https://b.\(west)/k/P.zip", #""b", "key": "k/P.zip""#, "https://b.\(west)/k/P.zip"),
        ("https://b.\(west)/k/P.zip", #""b", "key": 7"#, "https://b.\(west)/k/P.zip"),
        ("https://b.\(west)/k y/P.zip", #"1, "key": "k y/P.zip""#, "https://b.\(west)/k y/P.zip"),
        ("nowhere", #""b", "key": "k y/P.zip""#, "nowhere"),
    ])
    func `the URL of a file is made from its key where they agree`(_ url: String, _ s3: String, _ made: String) throws {
        let file = #"{"url": "\#(url)", "filename": "P.zip", "s3": {"bucket": \#(s3), "new": {}}}"#
        let job = Self.job.replacing(#/"files": .*\]/#, with: "\"files\": [\(file)]")
        #expect(try Self.page("{\"jobs\": [\(job)]}").jobs.first?.files.map(\.url) == [made])
    }

    @Test func `parameters are kept where asked for`() throws {
        let names: Set = ["estimator", "none", "resolution", "flag", "granules", "missing"]
        let page = try Self.page(#"{"jobs": [\#(Self.job)]}"#, parameters: names)
        let parameters = try #require(page.jobs.first?.templateParameters)
        #expect(parameters["estimator"] == "iterative")
        #expect(parameters["resolution"] == "30")
        #expect(parameters["flag"] == "true")
        #expect(parameters["granules"] == #"["G"]"#)
        #expect(parameters["none"] == .some(nil))
        #expect(parameters["missing"] == nil)
    }

    @Test func `all parameters of a chosen job are kept as the service wrote them, in one line`() throws {
        let page = try Self.page("{\"jobs\": [\(Self.job), \(Self.job.replacing("a1", with: "b2"))]}")
        let jobs = page.filtered { $0.id == "b2" }.jobs(keepingParametersOf: { _ in true })
        #expect(
            jobs.map(\.parametersJSON) == [
                #"{"granules":["G"],"resolution":30.0,"estimator":"iterative","none":null,"flag":true}"#
            ]
        )
        #expect(page.jobs(keepingParametersOf: { $0.id == "b2" }).map { $0.parametersJSON == nil } == [true, false])
    }

    @Test(arguments: ["name", "files", "expiration_time", "job_parameters"])
    func `what may be absent may be null, too`(_ key: String) throws {
        for value in ["", "null"] {
            let page = try Self.page("{\"jobs\": [\(try Self.changed(key, value))]}", parameters: ["x"])
            #expect(page.jobs.count == 1 && page.unreadable.isEmpty)
        }
    }

    @Test func `files null and files empty are a job without files`() throws {
        #expect(try Self.page("{\"jobs\": [\(Self.changed("files", "null"))]}").jobs.first?.files.isEmpty == true)
        #expect(try Self.page("{\"jobs\": [\(Self.changed("files", "[]"))]}").jobs.first?.files.isEmpty == true)
    }

    @Test(arguments: [
        ("\"PENDING\"", Job.Status.pending), ("\"RUNNING\"", .running), ("\"SUCCEEDED\"", .succeeded),
        ("\"FAILED\"", .failed), ("\"ARCHIVED\"", .unknown("ARCHIVED")), ("\"succeeded\"", .unknown("succeeded")),
    ])
    func `a status is one of four, or unknown`(_ code: String, _ status: Job.Status) throws {
        #expect(try Self.page("{\"jobs\": [\(Self.changed("status_code", code))]}").jobs.first?.status == status)
    }

    @Test(arguments: ["\"2120-10-21T00:00:00+00:00\"", "\"3023-06-30T08:00:00+00:00\"", "\"soon\"", "7"])
    func `an expiration far ahead or unreadable is none`(_ time: String) throws {
        let page = try Self.page("{\"jobs\": [\(Self.changed("expiration_time", time))]}")
        #expect(page.jobs.count == 1 && page.jobs.first?.expires == nil)
        let isTold = time == "\"soon\"" || time == "7"
        #expect(page.jobs.first?.hasUnknownEnd == isTold && page.withUnknownEnd.count == (isTold ? 1 : 0))
    }

    @Test(
        arguments: [
            ("3867.0", Int64(3867)), ("null", nil), ("\"9\"", nil), ("-1", nil), ("1e30", nil),
            ("9223372036854775808", nil),
            ("0", 0),
        ] as [(String, Int64?)]
    )
    func `a size is whole, or not known`(_ size: String, _ bytes: Int64?) throws {
        let text = Self.job.replacing("3867", with: size)
        #expect(try Self.page("{\"jobs\": [\(text)]}").jobs.first?.files.first?.size == bytes)
    }

    @Test(arguments: [
        ("job_id", "", "job_id is missing"), ("job_id", "null", "job_id is not text"),
        ("job_id", "7", "job_id is not text"),
        ("job_id", "\"\"", "job_id is empty"), ("request_time", "\"today\"", "request_time"),
        ("request_time", "", "request_time is missing"), ("status_code", "null", "status_code is not text"),
        ("job_type", "", "job_type is missing"), ("name", "[]", "name is not text"),
        ("files", "{}", "files is not a list"),
        ("files", "[7]", "without filename or url"), ("files", "[{\"url\": \"u\"}]", "without filename or url"),
        ("files", "[{\"url\": 1, \"filename\": \"f\"}]", "without filename or url"),
    ])
    func `a bad job is told and does not cost its page`(_ key: String, _ value: String, _ reason: String) throws {
        let page = try Self.page("{\"jobs\": [\(Self.job), \(Self.changed(key, value)), \(Self.job)]}")
        #expect(page.jobs.count == 2)
        #expect(page.unreadable.count == 1)
        #expect(page.unreadable.first.first?.reason.contains(reason) == true, "\(page.unreadable)")
        #expect(
            page.unreadable.first.first?.jobID
                == (key == "job_id" && value != "\"\"" ? nil : key == "job_id" ? "" : "a1")
        )
    }

    @Test func `an element that is no object is told`() throws {
        let page = try Self.page("{\"jobs\": [null, 3, [], \(Self.job)]}")
        #expect(
            page.jobs.count == 1
                && page.unreadable.first.map(\.reason) == Array(repeating: "it is not an object", count: 3)
        )
    }

    @Test(arguments: [
        ("<!doctype html><title>x</title>", "web page"), ("\n <Error/>", "web page"), ("", "empty"), ("[]", "object"),
        ("Internal error", "object"), ("{}", "\"jobs\""), (#"{"jobs": null}"#, "\"jobs\""),
        (#"{"jobs": {}}"#, "\"jobs\""),
        (#"{"message": "hello"}"#, "\"jobs\""), (#"{"jobs": [], "next": 7}"#, "\"next\""),
    ])
    func `what is no page is told`(_ text: String, _ part: String) throws {
        let error = try #require(throws: InvalidValue.self) { try Self.page(text) }
        #expect(error.advice.contains(part), "\(error.advice)")
    }

    @Test func `a page cut short anywhere is no page`() throws {
        let whole = Array(#"{"jobs": [\#(Self.job)], "next": "https://h/\u00e9", "more": [1.5e-3, false]}"#.utf8)
        #expect(try JobPage(body: whole, parameters: []).jobs.count == 1)
        for count in 0..<whole.count {
            #expect(throws: InvalidValue.self) { try JobPage(body: Array(whole[..<count]), parameters: ["estimator"]) }
        }
    }

    @Test(arguments: [
        "01", "1.", ".5", "+1", "1e", "--1", "tru", "nul", "[1,]", "{\"a\"}", "{\"a\":1,}", "[1 2]", "{a:1}", "'x'",
        "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "[}", "{]", "\"", "NaN", "", "// c\n1",
    ])
    func `what is not JSON anywhere in a page is no page`(_ text: String) {
        #expect(throws: InvalidValue.self) { try Self.page("{\"jobs\": [], \"other\": \(text)}") }
    }

    @Test func `nesting without end is no page`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: InvalidValue.self) { try Self.page("{\"jobs\": [], \"other\": \(deep)") }
    }

    /// FoundationEssentials' decoder is the judge of what is JSON.
    @Test func `a page with any one byte changed is read as JSONDecoder reads it, or refused`() throws {
        struct Wire: Decodable {
            struct Job: Decodable {
                let job_id: String
                let name: String?
            }
            let jobs: [Job]
            let next: String?
        }
        let whole = Array(#"{"jobs": [\#(Self.job)], "next": null}"#.utf8)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<800 {
            var bytes = whole
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] = "\"\\{}[]:,0e.- \nu\u{7F}".utf8.randomElement(using: &generator) ?? 0
            let judged = try? JSONDecoder().decode(Wire.self, from: Data(bytes))
            let page = try? JobPage(body: bytes, parameters: ["estimator"])
            if let judged, let page, let job = page.jobs.first {
                #expect(judged.jobs.first?.job_id == job.id && judged.jobs.first?.name == job.name)
            }
            if page != nil {
                #expect((try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))) != nil)
            }
        }
    }

    @Test func `text with escapes is text`() throws {
        let job = Self.job.replacing(#""name": "p""#, with: #""name": "caf\u00e9 \ud83d\ude00 \"q\"\/""#)
        #expect(try Self.page("{\"jobs\": [\(job)]}").jobs.first?.name == "café 😀 \"q\"/")
    }
}
