package import FoundationEssentials
import Glibc

/// What one look at one file found: a line of `verified.jsonl`.
package struct VerificationEntry: Sendable, Hashable, Codable {
    package var schema = 1
    /// Below the project's directory.
    package var path: String
    package var result: VerificationResult
    /// When its bytes were read (UTC).
    package var verified: Date
    /// When the file's contents last changed, nanoseconds since 1970 (UTC); nil where there was none to ask.
    package var modified: Int64?

    package init(path: String, result: VerificationResult, verified: Date, modified: Int64?) {
        self.path = path
        self.result = result
        self.verified = verified
        self.modified = modified
    }
}

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

/// `verified.jsonl`: when each file was last verified, and how it went. Of several lines for one path the last counts; what
/// is torn or of another kind is passed over. Blocks.
struct VerificationLog {
    let project: ProjectDirectory
    var stop = StopFlag()

    /// - Throws: `FilesystemError`, `CancellationError`, what `body` throws.
    func read(_ body: (VerificationLine) throws -> Void) throws {
        try LineReader(path: self.project.verified, stop: self.stop).read { line in
            if let line = VerificationLine(line.bytes) { try body(line) }
        }
    }
}

extension CivilTime {
    /// Whole seconds since 1970 of a time as `text` writes it, `2026-11-02T10:00:00Z`; nil for anything else, and before
    /// 1970 or after 2105.
    static func seconds(ofText text: UnsafeRawBufferPointer) -> UInt32? {
        guard text.count == 20, text[10] == UInt8(ascii: "T"), text[19] == UInt8(ascii: "Z") else { return nil }
        func number(_ start: Int, _ count: Int) -> Int {
            text[start..<start + count].reduce(0) { $0 * 10 + (Int($1) - 48) }
        }
        for place in [4, 7] where text[place] != UInt8(ascii: "-") { return nil }
        for place in [13, 16] where text[place] != UInt8(ascii: ":") { return nil }
        let time = CivilTime(
            year: number(0, 4),
            month: number(5, 2),
            day: number(8, 2),
            hour: number(11, 2),
            minute: number(14, 2),
            second: number(17, 2)
        )
        return time.flatMap { UInt32(exactly: $0.date.timeIntervalSince1970) }
    }
}
