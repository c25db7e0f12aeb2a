import CurlTransfer
import FoundationEssentials
import Testing

@testable import HyP3Mirror

struct WitnessesTests {
    /// What an answer for the first byte of a zip says: "answers", "refuses" or "nothing".
    private static func testimony(_ status: Int, _ headers: HTTPHeaders, _ excerpt: String = "") throws -> String {
        let origin = try HTTPURL("https://b.example/p.zip").origin
        do throws(FetchFailure) {
            let testimony = try Witnesses.testimony(
                HTTPResponseHead(status: status, headers: headers),
                excerpt,
                of: "p.zip",
                at: origin,
                now: planNow
            )
            return if case .answers = testimony { "answers" } else { "refuses" }
        } catch {
            return "nothing"
        }
    }

    @Test func `a file that comes answers, a refusal refuses, and a page in its place says nothing`() throws {
        let page: HTTPHeaders = ["Content-Type": "application/xml"]
        #expect(try Self.testimony(206, ["ETag": "\"a\"", "Content-Type": "application/xml"]) == "answers")
        #expect(try Self.testimony(200, ["Content-Type": "application/zip"]) == "answers")
        #expect(try Self.testimony(200, page, "<Error><Code>InternalError</Code>") == "nothing")
        #expect(try Self.testimony(200, ["Content-Type": "text/html; charset=utf-8"], "<html>") == "nothing")
        #expect(try Self.testimony(403, page, "<Error><Code>AccessDenied</Code>") == "refuses")
        #expect(try Self.testimony(404, page, "<Error><Code>NoSuchKey</Code>") == "refuses")
        #expect(try Self.testimony(403, ["Content-Type": "text/html"], "<html>blocked") == "refuses")
        #expect(try Self.testimony(503, page, "<Error><Code>SlowDown</Code>") == "nothing")
    }
}
