import Testing

@testable import HyP3Mirror

@Suite struct `Bucket answer` {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var status: Int
        var body: String
        var meaning: BucketAnswer.Meaning
        /// A word that the reason must have.
        var word = ""
    }

    private static func error(_ code: String) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code><Message>x</Message></Error>"
    }

    private static let page = "<!DOCTYPE html>\n<html><head><title>Access\n blocked</title></head></html>"

    /// As CloudFront tells that a country is blocked, or a firewall has a rule.
    private static let cloudFront = """
        <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
        <HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">
        <TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1></BODY></HTML>
        """

    private static let cases: [Case] = [
        Case(testDescription: "no such key", status: 404, body: error("NoSuchKey"), meaning: .missing(isTold: true)),
        Case(
            testDescription: "may not tell",
            status: 403,
            body: error("AccessDenied"),
            meaning: .missing(isTold: false)
        ),
        Case(
            testDescription: "CloudFront's document, without a declaration",
            status: 403,
            body: "<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>",
            meaning: .missing(isTold: false),
            word: "AccessDenied"
        ),
        Case(
            testDescription: "a byte order mark, and cut off in the middle",
            status: 403,
            body: "\u{FEFF}" + error("AccessDenied").prefix(85),
            meaning: .missing(isTold: false)
        ),
        Case(
            testDescription: "CloudFront's page",
            status: 403,
            body: cloudFront,
            meaning: .refused,
            word: "could not be"
        ),
        Case(
            testDescription: "somebody's page",
            status: 403,
            body: page,
            meaning: .refused,
            word: "a page titled \"Access blocked\""
        ),
        Case(testDescription: "somebody's page of 404", status: 404, body: page, meaning: .refused),
        Case(
            testDescription: "a page that quotes a bucket",
            status: 403,
            body: "<html>\(error("AccessDenied"))</html>",
            meaning: .refused
        ),
        Case(
            testDescription: "nothing at all",
            status: 403,
            body: "",
            meaning: .refused,
            word: "not in the words of a bucket"
        ),
        Case(testDescription: "JSON", status: 404, body: "{\"message\": \"Not Found\"}", meaning: .refused),
        Case(testDescription: "for legal reasons", status: 451, body: page, meaning: .refused, word: "451"),
        Case(testDescription: "a proxy", status: 407, body: page, meaning: .refused),
        Case(testDescription: "a network's login", status: 511, body: page, meaning: .refused),
        Case(
            testDescription: "no such bucket",
            status: 404,
            body: error("NoSuchBucket"),
            meaning: .refused,
            word: "NoSuchBucket"
        ),
        Case(
            testDescription: "an archived object",
            status: 403,
            body: error("InvalidObjectState"),
            meaning: .permanent,
            word: "InvalidObjectState"
        ),
        Case(
            testDescription: "a clock",
            status: 403,
            body: error("RequestTimeTooSkewed"),
            meaning: .refused,
            word: "clock is wrong"
        ),
        Case(
            testDescription: "a code of tomorrow",
            status: 403,
            body: error("KMS.Disabled"),
            meaning: .permanent,
            word: "KMS.Disabled"
        ),
        Case(
            testDescription: "the word of absence with another status",
            status: 400,
            body: error("NoSuchKey"),
            meaning: .refused
        ),
        Case(
            testDescription: "a request that took too long",
            status: 400,
            body: error("RequestTimeout"),
            meaning: .transient
        ),
        Case(testDescription: "slow down", status: 503, body: error("SlowDown"), meaning: .throttled),
        Case(testDescription: "too many", status: 429, body: "", meaning: .throttled),
        Case(testDescription: "a failure", status: 500, body: error("InternalError"), meaning: .transient),
        Case(testDescription: "a gateway", status: 502, body: page, meaning: .transient),
        Case(testDescription: "a login", status: 401, body: "", meaning: .permanent, word: "asks for a login"),
        Case(testDescription: "another object", status: 412, body: error("PreconditionFailed"), meaning: .changed),
        Case(testDescription: "another length", status: 416, body: "", meaning: .changed),
    ]

    @Test(arguments: cases)
    func `means what it says, and nothing that somebody else says`(row: Case) {
        let answer = BucketAnswer(status: row.status, excerpt: row.body)
        #expect(answer.meaning == row.meaning)
        let reason = answer.reason(Origin(scheme: "https", host: "bucket.example", port: 443))
        #expect(reason.hasPrefix("https://bucket.example answered \(row.status)"))
        #expect(reason.contains(row.word) && !reason.contains("\n"), "\(reason)")
    }
}
