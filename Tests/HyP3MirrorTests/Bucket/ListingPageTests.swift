import Testing

@testable import HyP3Mirror

@Suite struct ListingPageTests {
    @Test func `elements may come in any order, and unknown ones are left out`() throws {
        let page = try ListingPage(
            Array(
                """
                <?xml version="1.0" encoding="utf-8"?>
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>
                <Contents><ETag>&quot;5289-2&quot;</ETag><Owner><ID>7</ID><Key>no</Key></Owner><Size>9801</Size>
                <Key>j/a&amp;&#98;+%2B</Key></Contents><Contents><Key>j/c</Key><Size>0</Size></Contents>
                <CommonPrefixes><Prefix>no</Prefix></CommonPrefixes><Prefix>j/</Prefix></ListBucketResult>
                """.utf8
            )
        )
        #expect(page.objects.map(\.key) == ["j/a&b+%2B", "j/c"])
        let listed = [ListedObject(size: 9801, etag: "\"5289-2\""), ListedObject(size: 0, etag: nil)]
        #expect(page.objects.map(\.object) == listed)
        #expect(page.prefix == "j/" && !page.isTruncated && page.nextToken == nil)
    }

    @Test func `keys and prefix are decoded where the answer says that they are encoded`() throws {
        let page = try ListingPage(
            Array(
                """
                <ListBucketResult><EncodingType>url</EncodingType><Prefix>a+b/%C3%A9</Prefix><IsTruncated>true</IsTruncated>
                <NextContinuationToken>1+%2B</NextContinuationToken>
                <Contents><Key>a+b/%C3%A9%2B</Key><Size>1</Size></Contents></ListBucketResult>
                """.utf8
            )
        )
        #expect(page.objects.map(\.key) == ["a b/é+"])
        #expect(page.prefix == "a b/é" && page.isTruncated && page.nextToken == "1+%2B")
    }

    @Test(arguments: [
        ("", "noListing"), ("<html><body>", "noListing"), ("<!DOCTYPE html><html></html>", "noListing"),
        ("<html></html>", "noListing"), ("{}", "noListing"),
        ("<Error><Code>SlowDown</Code></Error>", "SlowDown"),
        ("<ListBucketResult>", "broken"), ("<ListBucketResult><Contents></ListBucketResult>", "broken"),
        ("<ListBucketResult></ListBucketResult>x", "broken"),
        ("<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>", "broken"),
        ("<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>", "broken"),
        (
            "<ListBucketResult><Contents><Key>a</Key><Size>99999999999999999999</Size></Contents></ListBucketResult>",
            "broken"
        ),
        ("<!DOCTYPE l [<!ENTITY a \"b\">]><ListBucketResult>&a;</ListBucketResult>", "broken"),
        ("<ListBucketResult>" + String(repeating: "<a>", count: 100_000), "broken"),
        ("<ListBucketResult>&undeclared;</ListBucketResult>", "broken"),
    ])
    func `what is no whole listing is told apart`(body: String, expected: String) {
        var outcome = "page"
        do throws(ListingPage.Failure) {
            _ = try ListingPage(Array(body.utf8))
        } catch {
            switch error {
            case .broken: outcome = "broken"
            case .error(let code): outcome = code
            case .noListing: outcome = "noListing"
            }
        }
        #expect(outcome == expected)
    }

    @Test(arguments: [
        (
            "https://b.s3.us-west-2.amazonaws.com/d/P_VV.tif", "https://b.s3.us-west-2.amazonaws.com/", "d/P_VV.tif"
        ),
        ("https://b.s3.amazonaws.com/P.zip", "https://b.s3.amazonaws.com/", "P.zip"),
        ("https://s3.us-west-2.amazonaws.com/b/d/P.zip", "https://s3.us-west-2.amazonaws.com/b", "d/P.zip"),
        ("https://s3-us-west-2.amazonaws.com/b/P.zip", "https://s3-us-west-2.amazonaws.com/b", "P.zip"),
        ("https://s3.s3.eu-central-1.amazonaws.com/P.zip", "https://s3.s3.eu-central-1.amazonaws.com/", "P.zip"),
        ("https://d111.cloudfront.net/d/P.zip", "https://d111.cloudfront.net/", "d/P.zip"),
        ("https://localhost:9443/b/d/P%20Q.zip", "https://localhost:9443/b", "d/P Q.zip"),
        ("https://127.0.0.1:9443/b/P.zip", "https://127.0.0.1:9443/b", "P.zip"),
        ("https://[::1]:9443/b/P.zip", "https://[::1]:9443/b", "P.zip"),
        ("https://b.example/P.zip?versionId=1", nil, ""), ("https://b.example/", nil, ""),
        ("https://localhost/b", nil, ""), ("https://localhost//b", nil, ""),
    ])
    func `a product's URL tells its bucket and key`(url: String, bucket: String?, key: String) throws {
        let address = BucketAddress(try HTTPURL(url))
        #expect(address?.bucket.text == bucket)
        #expect((address?.key ?? "") == key)
    }

    @Test(arguments: [
        ("_FM_*_WaterDepth.tif", "_FM_iterative_WaterDepth.tif", true), ("_FM_*_PW.tif", "_FM__PW.tif", true),
        ("_FM_*_PW.tif", "_FM_PW.tif", false), ("*.tif", "_VV.tif", true), ("*.tif", ".tif", true),
        ("*", "", true), ("_*", "_a/b", false), ("*.tif", "a/b.tif", false), ("_a*b*c", "_aXbYbZc", true),
        ("_a*b*c", "_aXbYbZ", false), ("_VV.tif", "_VV.tif", true), ("_VV.tif", "_vv.tif", false),
        ("*a*a*a*a*a*a*b", String(repeating: "a", count: 200), false),
    ])
    func `a pattern stands for suffixes`(pattern: String, suffix: String, isMatch: Bool) {
        #expect(SuffixTemplate.matches(suffix, pattern: pattern) == isMatch)
    }

    @Test func `a template may hold parameters and wildcards`() throws {
        let template = try SuffixTemplate("_FM_{estimator}_**.tif")
        #expect(template.isPattern && template.parameters == ["estimator"])
        #expect(template.filled(from: ["estimator": "nmad"]) == .suffix("_FM_nmad_*.tif"))
        #expect(try SuffixTemplate("_VV.tif").isPattern == false)
    }
}
