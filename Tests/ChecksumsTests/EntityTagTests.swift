import Checksums
import Testing

struct EntityTagTests {
    private static let hex = "9b2cf535f27731c974343645a3985328"

    @Test func `thirty-two hexadecimal digits are an MD5`() throws {
        let tag = try #require(EntityTag("\"\(Self.hex)\""))
        #expect(tag.form == .md5(try #require(Digest(.md5, hex: Self.hex))))
        #expect(!tag.isWeak)
        #expect(tag.headerValue == "\"\(Self.hex)\"")
        #expect(tag.tag == Self.hex)
    }

    @Test(arguments: [1, 3, 10_000])
    func `a number of parts behind them makes it multipart`(parts: Int) throws {
        let tag = try #require(EntityTag("\"\(Self.hex)-\(parts)\""))
        guard case .multipart(let composite) = tag.form else {
            Issue.record("\(tag.form)")
            return
        }
        #expect(composite.parts == parts)
        #expect(composite.etag == "\(Self.hex)-\(parts)")
    }

    @Test(arguments: [
        "\"66f1a2b3-400\"", "\"abc\"", "\"\(hex)-0\"", "\"\(hex)-\"", "\"\(hex)-03\"", "\"\(hex)-10001\"",
        "\"\(hex)-99999999999999999999\"", "\"\(hex)--3\"", "\"\(hex)-+3\"", "\"\(hex)3\"", "\"\(hex)-3-gzip\"",
        "W/\"\(hex)\"", "W/\"\(hex)-3\"",
    ])
    func `any other tag is opaque`(value: String) throws {
        #expect(try #require(EntityTag(value)).form == .opaque)
    }

    @Test func `a weak tag is known as weak`() throws {
        let tag = try #require(EntityTag(" W/\"x\" "))
        #expect(tag.isWeak)
        #expect(tag.tag == "x")
        #expect(tag.headerValue == "W/\"x\"")
    }

    @Test func `a tag without quotes is taken as meant`() throws {
        #expect(try #require(EntityTag(Self.hex)).form != .opaque)
    }

    @Test(arguments: ["", "\"", "\"\"", "W/", "W/\"\"", "\"abc", "abc\"", "\"a\"b\"", "\"a\nb\"", "\"a b\""])
    func `what is no tag is refused`(value: String) {
        #expect(EntityTag(value) == nil)
    }

    @Test(arguments: [
        (String?.none, String?.none, true), ("AES256", nil, true), (" AES256 ", nil, true), ("", nil, true),
        ("aws:kms", nil, false), ("aws:kms:dsse", nil, false), ("aws:fsx", nil, false), (nil, "AES256", false),
        ("AES256", "AES256", false),
    ])
    func `keys of the store's own make the tag opaque`(encryption: String?, customer: String?, isMD5: Bool) throws {
        let tag = try #require(EntityTag("\"\(Self.hex)\""))
        let form = tag.form(serverSideEncryption: encryption, customerAlgorithm: customer)
        #expect((form != .opaque) == isMD5)
    }
}

struct ObjectChecksumTests {
    @Test func `a value without a number is of the full object`() throws {
        let checksum = ObjectChecksum(header: "X-Amz-Checksum-CRC32", value: " y/Q5Jg==", type: nil)
        #expect(checksum == .fullObject(try #require(Digest(.crc32, hex: "cbf43926"))))
        #expect(ObjectChecksum(header: "x-amz-checksum-crc32", value: "y/Q5Jg==", type: "FULL_OBJECT") == checksum)
    }

    @Test func `a number behind it or the type makes it composite`() throws {
        let digest = try #require(Digest(.crc32, hex: "cbf43926"))
        let header = "x-amz-checksum-crc32"
        #expect(ObjectChecksum(header: header, value: "y/Q5Jg==-3", type: nil) == .composite(digest, parts: 3))
        #expect(ObjectChecksum(header: header, value: "y/Q5Jg==-3", type: "COMPOSITE") == .composite(digest, parts: 3))
        #expect(ObjectChecksum(header: header, value: "y/Q5Jg==", type: "composite") == .composite(digest, parts: nil))
    }

    @Test(arguments: [
        ("x-amz-checksum-crc32c", "4waSgw=="), ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
        ("x-amz-checksum-sha1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
        ("x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
    ])
    func `every algorithm is read`(header: String, value: String) throws {
        let checksum = try #require(ObjectChecksum(header: header, value: value, type: nil))
        #expect(checksum.algorithm.checksumHeader == header)
        #expect(checksum.digest.base64 == value)
    }

    @Test(arguments: [
        ("x-amz-checksum-type", "y/Q5Jg=="), ("x-amz-checksum-md5", "y/Q5Jg=="), ("x-amz-checksum-crc32", ""),
        ("x-amz-checksum-crc32", "y/Q5Jg"), ("x-amz-checksum-crc32", "rosUhgp5mIg="),
        ("x-amz-checksum-crc32", "y/Q5Jg==-"), ("x-amz-checksum-crc32", "y/Q5Jg==-0"),
        ("x-amz-checksum-crc32", "y/Q5Jg==-x"), ("x-amz-checksum-crc32", "not base64"),
    ])
    func `what is no checksum is refused`(header: String, value: String) {
        #expect(ObjectChecksum(header: header, value: value, type: nil) == nil)
    }
}
