/// A line of `SHA256SUMS` as sha256sum(1) writes it: 64 hexadecimal digits, a space, a space or `*`, the path.
struct ChecksumLine {
    /// Below the project's directory, without a `./` before it. Valid as long as the bytes that were read.
    let path: UnsafeRawBufferPointer
    /// As a number that is the same for the same digest.
    let digest: UInt64

    private static let pathStart = 66

    /// Nil for anything else: half a line, a comment, a name with escapes (which begins with a backslash).
    init?(_ line: UnsafeRawBufferPointer) {
        guard line.count > Self.pathStart, line[64] == UInt8(ascii: " "),
            line[65] == UInt8(ascii: " ") || line[65] == UInt8(ascii: "*"), Self.beginsWithDigest(line)
        else { return nil }
        var start = Self.pathStart
        while line.count > start + 2, line[start] == UInt8(ascii: "."), line[start + 1] == UInt8(ascii: "/") {
            start += 2
        }
        self.path = UnsafeRawBufferPointer(rebasing: line[start...])
        self.digest = ByteStrings.hash(UnsafeRawBufferPointer(rebasing: line[..<64]))
    }

    /// Without a branch a byte: a list may have a million lines, and every run reads it.
    private static func beginsWithDigest(_ line: UnsafeRawBufferPointer) -> Bool {
        var isOther: UInt8 = 0
        for index in 0..<64 {
            let byte = line[index]
            let isDigit: UInt8 = byte &- UInt8(ascii: "0") < 10 ? 1 : 0
            let isLetter: UInt8 = (byte | 0x20) &- UInt8(ascii: "a") < 6 ? 1 : 0
            isOther |= (isDigit | isLetter) ^ 1
        }
        return isOther == 0
    }

    /// The line for another path, with its end.
    static func moved(_ line: UnsafeRawBufferPointer, to path: [UInt8]) -> [UInt8] {
        line[..<Self.pathStart] + path + [10]
    }
}
