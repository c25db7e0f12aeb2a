/// A line of `verified.jsonl` as it is read most often. Valid as long as the bytes that were read.
struct VerificationLine {
    private let bytes: UnsafeRawBufferPointer
    private let rawPath: UnsafeRawBufferPointer
    let result: VerificationResult
    /// Whole seconds since 1970 (UTC).
    let verified: UInt32
    let modified: Int64?

    /// Nil for anything else.
    init?(_ line: UnsafeRawBufferPointer) {
        var scanner = MemberScanner(line)
        var (path, result, verified): (UnsafeRawBufferPointer?, VerificationResult?, UInt32?)
        var modified: Int64?
        var isOurs = false
        while let member = scanner.next() {
            switch member.key.count {
            case 4 where member.isKey("path"): path = member.text
            case 6 where member.isKey("result"):
                result = member.text.flatMap { VerificationResult(rawValue: String(decoding: $0, as: UTF8.self)) }
            case 6 where member.isKey("schema"): isOurs = member.number == 1
            case 8 where member.isKey("verified"): verified = member.text.flatMap { CivilTime.seconds(ofText: $0) }
            case 8 where member.isKey("modified"): modified = member.longNumber
            default: break
            }
        }
        guard scanner.isAtEnd, isOurs, let path, !path.isEmpty, let result, let verified else { return nil }
        self.bytes = line
        self.rawPath = path
        self.result = result
        self.verified = verified
        self.modified = modified
    }

    /// Gives `body` the path below the project's directory; nil where it cannot be read.
    func withPath<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        guard self.rawPath.contains(UInt8(ascii: "\\")) else { return try body(self.rawPath) }
        guard let entry = JSONLines.decode(VerificationEntry.self, line: self.bytes) else { return nil }
        return try [UInt8](entry.path.utf8).withUnsafeBytes(body)
    }

    /// `ByteStrings.hash` of file name and path; nil where the path cannot be read.
    var hashes: (name: UInt64, path: UInt64)? {
        self.withPath { (ByteStrings.hash(ArchiveIndex.split(path: $0).name), ByteStrings.hash($0)) }
    }
}
