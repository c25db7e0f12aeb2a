import CurlTransfer

@testable import HyP3Mirror

extension FuzzTarget {
    /// A page of a bucket's listing.
    static let listing = FuzzTarget(name: "listing") { input, _ in
        let page: ListingPage
        do throws(ListingPage.Failure) {
            page = try ListingPage(input)
        } catch {
            return
        }
        try require(page.objects.allSatisfy { $0.object.size >= 0 }, "a listed object has less than no bytes")
        // Half a listing would make the other half absent.
        guard let last = input.lastIndex(of: UInt8(ascii: ">")) else { return }
        let isCut = (try? ListingPage(Array(input[..<last]))) == nil
        try require(isCut, "a listing without its end is taken for a listing")
    }

    /// The body of an answer that is no object: the service's error document, or anybody's page. Its first byte picks the
    /// status.
    static let errorPage = FuzzTarget(name: "error-page") { input, _ in
        guard let first = input.first else { return }
        let statuses = [200, 301, 400, 401, 403, 404, 408, 412, 416, 429, 500, 503, 511]
        let status = statuses[Int(first) % statuses.count]
        let body = Array(input.dropFirst())
        let answer = BucketAnswer(status: status, excerpt: String(decoding: body, as: UTF8.self))
        try requireShown(
            answer.reason(Origin(scheme: "https", host: "bucket.example", port: 443)),
            "a refusal's reason"
        )
        if case .missing = answer.meaning {
            try require([403, 404, 410].contains(status), "status \(status) says that an object is missing")
            try require(answer.code != nil, "a page without a bucket's word says that an object is missing")
        }
        let response = HTTPResponse(head: HTTPResponseHead(status: status, headers: [:]), body: body)
        try requireShown(ForeignPage.described(response), "what is said of a page")
        if let words = ForeignPage.ownWords(response) { try requireShown(words, "the service's words") }
    }
}
