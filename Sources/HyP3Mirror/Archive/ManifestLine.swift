/// What is read most often of a line of `manifest.jsonl`, without decoding the rest. Valid as long as the bytes that were
/// read.
struct ManifestLine {
    /// The whole line.
    let bytes: UnsafeRawBufferPointer
    /// Between the quotation marks, as written.
    private let rawPath: UnsafeRawBufferPointer
    /// Bytes.
    let size: Int64
    /// When the product was archived, as `written`.
    let archived: UnsafeRawBufferPointer
    /// When the line was written, as in the file (`2026-11-02T10:00:00Z`): such times are in order as their bytes are.
    let written: UnsafeRawBufferPointer
    private let sha256: UnsafeRawBufferPointer?
    /// Whether it tells of a move by hand.
    let isMove: Bool
    /// Whether it is of an image beside products.
    let isQuicklook: Bool
    /// Job, URL and ETag as written; nil where the line has none.
    private let origin: (jobID: UnsafeRawBufferPointer?, url: UnsafeRawBufferPointer?, etag: UnsafeRawBufferPointer?)

    /// Nil for anything but a line of a manifest.
    init?(_ line: UnsafeRawBufferPointer) {
        var scanner = MemberScanner(line)
        var (path, archived, moved): (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?, UnsafeRawBufferPointer?)
        var (jobID, url, etag): (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?, UnsafeRawBufferPointer?)
        var (size, sha256): (Int64?, UnsafeRawBufferPointer?)
        var (isOurs, isQuicklook) = (false, false)
        while let member = scanner.next() {
            switch member.key.count {
            case 9 where member.isKey("quicklook"): isQuicklook = member.isTrue
            case 3 where member.isKey("url"): url = member.text
            case 4 where member.isKey("etag"): etag = member.text
            case 4 where member.isKey("path"): path = member.text
            case 4 where member.isKey("size"): size = member.number
            case 5 where member.isKey("moved"): moved = member.text
            case 6 where member.isKey("job_id"): jobID = member.text
            case 6 where member.isKey("sha256"): sha256 = member.text
            case 6 where member.isKey("schema"): isOurs = member.number == 1
            case 8 where member.isKey("archived"): archived = member.text
            default: break
            }
        }
        guard scanner.isAtEnd, isOurs, let path, !path.isEmpty, let size, let archived else {
            return nil
        }
        self.bytes = line
        self.rawPath = path
        self.size = size
        self.archived = archived
        self.written = moved ?? archived
        self.isMove = moved != nil
        self.isQuicklook = isQuicklook
        self.origin = (jobID, url, etag)
        self.sha256 = sha256
    }

    /// The SHA-256, as a number that is the same for the same digest.
    var digest: UInt64 { self.sha256.map { ByteStrings.hash($0) } ?? 0 }

    /// Which object of which job it records; nil where the line names no job.
    var owner: RecordedOwner? {
        guard let jobID = self.origin.jobID.map(Self.text), !jobID.isEmpty else { return nil }
        return RecordedOwner(
            jobID: jobID,
            url: self.origin.url.map(Self.text) ?? "",
            size: self.size,
            etag: self.origin.etag.map(Self.text)
        )
    }

    /// What a JSON string holds, given between its quotation marks. Such strings of ours have no other escapes than those
    /// of quotation mark and backslash.
    private static func text(_ written: UnsafeRawBufferPointer) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(written.count)
        var isEscaped = false
        for byte in written {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            bytes.append(byte)
            isEscaped = false
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Gives `body` the path below the project's directory.
    func withPath<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        guard self.rawPath.contains(UInt8(ascii: "\\")) else { return try body(self.rawPath) }
        // Escapes are rare: HyP3's names need none.
        guard let entry = ManifestEntry(line: self.bytes) else { return nil }
        return try [UInt8](entry.path.utf8).withUnsafeBytes(body)
    }
}
