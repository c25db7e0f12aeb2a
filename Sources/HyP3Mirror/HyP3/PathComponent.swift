/// What a name must be like to become one component of a path in the archive.
package enum PathComponent {
    /// Bytes; the limit of the file systems in use (ext4, XFS, NFS, SMB).
    package static let maximumLength = 255

    /// Why `name` must not become a file or directory of the archive; nil where it may.
    package static func refusal(of name: some StringProtocol) -> String? {
        if name.isEmpty { return "the name is empty" }
        if name == "." || name == ".." { return "\"\(name)\" is not a name but a direction" }
        var isASCII = true
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "/"): return "the name holds a slash"
            case UInt8(ascii: "\\"): return "the name holds a backslash"
            case 0: return "the name holds a NUL"
            case 1..<0x20, 0x7F: return "the name holds a control character"
            case 0x80...: isASCII = false
            default: continue
            }
        }
        if !isASCII, name.unicodeScalars.contains(where: { (0x80...0x9F).contains($0.value) }) {
            return "the name holds a control character"
        }
        let length = name.utf8.count
        if length > Self.maximumLength { return "the name has \(length) bytes; \(Self.maximumLength) are possible" }
        if Self.isReserved(name) { return "names like this belong to the archive itself" }
        return nil
    }

    /// `.hyp3-mirror…` and `SHA256SUMS…`, whatever the case: some file systems do not tell case apart.
    private static func isReserved(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, ".Ss".utf8.contains(first) else { return false }
        let lower = name.prefix(12).lowercased()
        return lower.hasPrefix(".hyp3-mirror") || lower.hasPrefix("sha256sums")
    }
}
