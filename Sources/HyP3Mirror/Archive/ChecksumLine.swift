/// A line of `SHA256SUMS` as sha256sum(1) writes it: 64 hexadecimal digits, a space, a space or `*`, the path.
struct ChecksumLine {
    /// Below the project's directory, without a `./` before it. Valid as long as the bytes that were read.
    let path: UnsafeRawBufferPointer

    private static let pathStart = 66

    /// Nil for anything else: half a line, a comment, a name with escapes (which begins with a backslash).
    init?(_ line: UnsafeRawBufferPointer) {
        guard line.count > Self.pathStart, line[64] == UInt8(ascii: " "),
            line[65] == UInt8(ascii: " ") || line[65] == UInt8(ascii: "*"),
            line[..<64].allSatisfy(Self.isHexadecimal)
        else { return nil }
        var path = line[Self.pathStart...]
        while path.count > 2, path.starts(with: [UInt8(ascii: "."), UInt8(ascii: "/")]) { path = path.dropFirst(2) }
        self.path = UnsafeRawBufferPointer(rebasing: path)
    }

    /// The line for another path, with its end.
    static func moved(_ line: UnsafeRawBufferPointer, to path: [UInt8]) -> [UInt8] {
        line[..<Self.pathStart] + path + [10]
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
