import FoundationEssentials
import Glibc

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
