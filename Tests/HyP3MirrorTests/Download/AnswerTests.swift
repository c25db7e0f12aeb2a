import CurlTransfer
import Testing

@testable import HyP3Mirror

/// What heads of answers are taken for.
struct AnswerTests {
    private static let evidence = ServiceEvidence(["ETag": "\"abc\""])
    private static let part = ObjectQuestion.part(100..<200, total: 1_000, evidence: evidence)

    private static func answer(
        _ status: Int,
        _ fields: [(String, String)],
        to question: ObjectQuestion = .whole,
        expecting expectation: ObjectExpectation = ObjectExpectation(name: "x.tif")
    ) -> Answer {
        var headers: HTTPHeaders = [:]
        for (name, value) in fields { headers.append(name, value) }
        return Answer(HTTPResponseHead(status: status, headers: headers), to: question, expecting: expectation)
    }

    private static func kind(_ answer: Answer) -> String {
        switch answer {
        case .whole: "whole"
        case .part: "part"
        case .undividable: "undividable"
        case .changed: "changed"
        case .refused: "refused"
        case .encoded: "encoded"
        case .unusable(let failure):
            switch failure.kind {
            case .permanent: "permanent"
            case .corrupt: "corrupt"
            case .transient: "transient"
            default: "\(failure.kind)"
            }
        }
    }

    // MARK: How long it is

    static let lengths: [([(String, String)], MessageLength?)] = [
        ([], .open),
        ([("Content-Length", "0")], .known(0)),
        ([("Content-Length", "42")], .known(42)),
        ([("Content-Length", "42"), ("content-length", "42")], .known(42)),
        ([("Content-Length", "42, 42")], .known(42)),
        ([("Transfer-Encoding", "chunked")], .open),
        ([("Transfer-Encoding", "Chunked")], .open),
        ([("Content-Length", "42"), ("Transfer-Encoding", "chunked")], nil),
        ([("Content-Length", "42"), ("Transfer-Encoding", "identity")], nil),
        ([("Content-Length", "42"), ("Content-Length", "43")], nil),
        ([("Content-Length", "42, 43")], nil),
        ([("Content-Length", "")], nil),
        ([("Content-Length", "+42")], nil),
        ([("Content-Length", "-42")], nil),
        ([("Content-Length", "4 2")], nil),
        ([("Content-Length", "0x2a")], nil),
        ([("Content-Length", "42;")], nil),
        ([("Content-Length", "18446744073709551616")], nil),
        ([("Content-Length", "9223372036854775807")], .known(.max)),
        ([("Transfer-Encoding", "gzip, chunked")], nil),
        ([("Transfer-Encoding", "xchunked")], nil),
        ([("Transfer-Encoding", Self.long)], nil),
        ([("Content-Length", Self.long)], nil),
        ([("Content-Length", Self.long), ("Content-Length", "4" + Self.long)], nil),
    ]

    /// Two characters of many bytes.
    private static let long = "4x" + String(repeating: "\u{301}", count: 10_000)

    @Test(arguments: lengths.indices)
    func `a length is known, open, or not to be had (RFC 9112 §6_3)`(row: Int) {
        let (fields, expected) = Self.lengths[row]
        var headers: HTTPHeaders = [:]
        for (name, value) in fields { headers.append(name, value) }
        let length = MessageLength(headers)
        if let expected {
            #expect(length == expected, "\(fields)")
        } else if case .ambiguous(let reason) = length {
            #expect(!reason.isEmpty && reason.utf8.count < 500, "\(reason.utf8.count) bytes")
        } else {
            Issue.record("\(fields) was taken for \(length)")
        }
    }

    @Test(arguments: ["1125899906842625", "4611686018427387904", "9223372036854775807", "9223372036854775808"])
    func `no store holds an object of such a length`(length: String) {
        #expect(Self.kind(Self.answer(200, [("ETag", "\"abc\""), ("Content-Length", length)])) == "permanent")
    }

    // MARK: The whole

    static let wholes: [(String, [(String, String)], String)] = [
        ("x.tif", [("ETag", "\"abc\""), ("Content-Length", "5")], "whole"),
        ("x.tif", [], "whole"),
        ("x.tif", [("Content-Type", "text/html")], "transient"),
        ("x.txt", [("Content-Type", "text/html; charset=utf-8"), ("ETag", "\"abc\"")], "transient"),
        ("x.xml", [("Content-Type", "TEXT/HTML"), ("ETag", "\"abc\"")], "transient"),
        ("x.xml", [("Content-Type", "application/xhtml+xml"), ("ETag", "\"abc\"")], "transient"),
        ("x.xml", [("Content-Type", "application/xml"), ("ETag", "\"abc\"")], "whole"),
        ("x.tif", [("Content-Type", "application/xml")], "transient"),
        ("x.html", [("Content-Type", "text/html"), ("ETag", "\"abc\"")], "whole"),
        ("x.tif", [("Content-Encoding", "gzip"), ("ETag", "\"abc\"")], "encoded"),
        ("x.tif", [("Content-Encoding", "UTF-8, BR"), ("ETag", "\"abc\"")], "encoded"),
        ("x.tif", [("Content-Encoding", "zstd")], "encoded"),
        ("x.tif", [("Content-Encoding", "identity"), ("ETag", "\"abc\"")], "whole"),
    ]

    @Test(arguments: wholes.indices)
    func `a 200 is the object, or somebody else's page`(row: Int) {
        let (name, fields, expected) = Self.wholes[row]
        #expect(
            Self.kind(Self.answer(200, fields, expecting: ObjectExpectation(name: name))) == expected,
            "\(name) \(fields)"
        )
    }

    @Test(arguments: ["UTF-8", "aws-chunked", "none", "binary", "8bit"])
    func `a word that is no coding leaves it to the digest to decide`(word: String) throws {
        let answer = Self.answer(200, [("Content-Encoding", word), ("ETag", "\"abc\""), ("Content-Length", "5")])
        guard case .whole(let head) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(try #require(head.doubt).contains(word.lowercased()))
    }

    @Test(arguments: ["", " ", ",", "identity", "Identity"])
    func `an encoding that says nothing is none`(word: String) {
        guard case .whole(let head) = Self.answer(200, [("Content-Encoding", word), ("ETag", "\"abc\"")]) else {
            Issue.record("\(word)")
            return
        }
        #expect(head.doubt == nil)
    }

    @Test func `the listing's size and tag are evidence about the version that was listed`() {
        let listed = ObjectExpectation(name: "x.txt", listed: .init(size: 5, etag: "\"abc\""))
        func kind(_ fields: [(String, String)]) -> String { Self.kind(Self.answer(200, fields, expecting: listed)) }
        #expect(kind([("ETag", "\"abc\""), ("Content-Length", "5")]) == "whole")
        #expect(kind([("ETag", "\"abc\""), ("Content-Length", "4")]) == "corrupt")
        #expect(kind([("ETag", "\"abc\""), ("Content-Length", "6")]) == "corrupt")
        #expect(kind([("ETag", "\"new\""), ("Content-Length", "6")]) == "whole", "replaced since")
        #expect(kind([("ETag", "\"abc\""), ("Content-Length", "5"), ("Content-Type", "text/html")]) == "whole")
        #expect(kind([("ETag", "\"new\""), ("Content-Length", "5"), ("Content-Type", "text/html")]) == "transient")
        // Stored so: the listing counts the bytes that come.
        #expect(kind([("ETag", "\"abc\""), ("Content-Length", "5"), ("Content-Encoding", "gzip")]) == "whole")
        #expect(kind([("ETag", "\"abc\""), ("Content-Encoding", "gzip")]) == "encoded")
    }

    // MARK: A part

    static let parts: [(Int, [(String, String)], String)] = [
        (206, [("Content-Range", "bytes 100-199/1000"), ("ETag", "\"abc\"")], "part"),
        (206, [("Content-Range", "bytes 100-199/*"), ("ETag", "\"abc\""), ("Content-Length", "100")], "part"),
        (206, [("Content-Range", "bytes 100-299/1000"), ("ETag", "\"abc\""), ("Content-Length", "200")], "part"),
        (206, [("Content-Range", "bytes 100-199/1000")], "undividable"),
        (206, [("Content-Range", "bytes 100-199/1000"), ("ETag", "\"other\"")], "changed"),
        (206, [("Content-Range", "bytes 100-199/1000"), ("ETag", "W/\"abc\"")], "changed"),
        (206, [("Content-Range", "bytes 100-199/1001"), ("ETag", "\"abc\"")], "changed"),
        (206, [("Content-Range", "bytes 101-199/1000"), ("ETag", "\"abc\"")], "undividable"),
        (206, [("Content-Range", "bytes 100-198/1000"), ("ETag", "\"abc\"")], "undividable"),
        (206, [("Content-Range", "bytes 100-199/1000"), ("ETag", "\"abc\""), ("Content-Length", "99")], "undividable"),
        (206, [("ETag", "\"abc\"")], "undividable"),
        (206, [("Content-Type", "multipart/byteranges; boundary=x"), ("ETag", "\"abc\"")], "undividable"),
        (
            206, [("Content-Range", "bytes 100-199/1000"), ("ETag", "\"abc\""), ("Content-Encoding", "gzip")],
            "undividable"
        ),
        (206, [("Content-Range", "bytes 100-199/1000"), ("ETag", "\"abc\""), ("Content-Encoding", "UTF-8")], "part"),
        (
            206,
            [
                ("Content-Range", "bytes 100-199/1000"), ("ETag", "\"abc\""), ("Content-Length", "100"),
                ("Transfer-Encoding", "chunked"),
            ], "permanent"
        ),
        (200, [("ETag", "\"abc\""), ("Content-Length", "1000")], "whole"),
        (416, [], "refused"), (304, [], "refused"), (204, [], "refused"), (503, [], "refused"),
    ]

    @Test(arguments: parts.indices)
    func `a 206 is the part that was asked for, of the object that was asked for, or is not used`(row: Int) {
        let (status, fields, expected) = Self.parts[row]
        #expect(Self.kind(Self.answer(status, fields, to: Self.part)) == expected, "\(fields)")
    }

    @Test func `a 206 that nobody asked for is not used`() {
        #expect(Self.kind(Self.answer(206, [("Content-Range", "bytes 0-9/10"), ("ETag", "\"abc\"")])) == "transient")
    }

    @Test func `a field too long to be a tag is none`() {
        let answer = Self.answer(200, [("ETag", "\"" + String(repeating: "a", count: 100_000) + "\"")])
        guard case .whole(let head) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(head.evidence.etag == nil)
    }

    @Test(arguments: [
        ("<!DOCTYPE html><html>", true), ("\u{FEFF}\r\n <html lang='en'>", true), ("<HTML>", true),
        ("<?xml version='1.0'?><metadata/>", false), ("Sentinel-1 RTC\n<html> is not used here", false), ("", false),
    ])
    func `a page is told by its start`(text: String, isPage: Bool) {
        #expect(Array(text.utf8).withUnsafeBytes { Answer.isPage($0) } == isPage)
    }
}
