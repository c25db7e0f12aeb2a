import Glibc

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
    /// Job, URL and ETag as written; nil where the line has none.
    private let origin: (jobID: UnsafeRawBufferPointer?, url: UnsafeRawBufferPointer?, etag: UnsafeRawBufferPointer?)

    /// Nil for anything but a line of a manifest.
    init?(_ line: UnsafeRawBufferPointer) {
        var scanner = MemberScanner(line)
        var (path, archived, moved): (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?, UnsafeRawBufferPointer?)
        var (jobID, url, etag): (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?, UnsafeRawBufferPointer?)
        var (size, sha256): (Int64?, UnsafeRawBufferPointer?)
        var isOurs = false
        while let member = scanner.next() {
            switch member.key.count {
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

/// Walks over the members of the JSON object that a line is.
struct MemberScanner {
    struct Member {
        let key: UnsafeRawBufferPointer
        /// As written, with its quotation marks if it is a string.
        let value: UnsafeRawBufferPointer

        func isKey(_ name: StaticString) -> Bool {
            guard name.utf8CodeUnitCount == self.key.count, let key = self.key.baseAddress else { return false }
            return memcmp(key, name.utf8Start, self.key.count) == 0
        }

        /// What a string holds, escapes as written; nil for another value.
        var text: UnsafeRawBufferPointer? {
            guard self.value.count >= 2, self.value[0] == UInt8(ascii: "\"") else { return nil }
            return UnsafeRawBufferPointer(rebasing: self.value[1..<self.value.count - 1])
        }

        /// Nil for anything but a whole number without a sign, of up to 18 digits.
        var number: Int64? { self.number(digits: 18) }

        /// As `number`, of any size that fits: nanoseconds have 19 digits.
        var longNumber: Int64? { self.number(digits: 19) }

        private func number(digits most: Int) -> Int64? {
            let digits = self.value.prefix { $0 > UInt8(ascii: " ") }
            guard !digits.isEmpty, digits.count <= most else { return nil }
            var number: Int64 = 0
            for byte in digits {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
                let (sum, isOver) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                if isTooLarge || isOver { return nil }
                number = sum
            }
            return number
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Whether the object has ended, and the line with it.
    private(set) var isAtEnd = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Nil at the end, and where the line is none of ours.
    mutating func next() -> Member? {
        if self.isAtEnd { return nil }
        let opening = self.position == 0 ? UInt8(ascii: "{") : UInt8(ascii: ",")
        guard let mark = self.take() else { return nil }
        if mark == UInt8(ascii: "}") {
            self.isAtEnd = self.peek() == nil
            return nil
        }
        guard mark == opening, self.peek() == UInt8(ascii: "\""), let key = self.string() else { return nil }
        guard self.take() == UInt8(ascii: ":"), let value = self.value() else { return nil }
        return Member(key: UnsafeRawBufferPointer(rebasing: key.dropFirst().dropLast()), value: .init(rebasing: value))
    }

    private mutating func peek() -> UInt8? {
        while self.position < self.bytes.count {
            let byte = self.bytes[self.position]
            if byte != UInt8(ascii: " "), byte != 9, byte != 13 { return byte }
            self.position += 1
        }
        return nil
    }

    private mutating func take() -> UInt8? {
        guard let byte = self.peek() else { return nil }
        self.position += 1
        return byte
    }

    /// With its quotation marks.
    private mutating func string() -> Slice<UnsafeRawBufferPointer>? {
        let start = self.position
        self.position += 1
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                self.position += 1
                return self.bytes[start..<self.position]
            case UInt8(ascii: "\\"): self.position += 2
            default: self.position += 1
            }
        }
        return nil
    }

    private mutating func value() -> Slice<UnsafeRawBufferPointer>? {
        guard let first = self.peek() else { return nil }
        if first == UInt8(ascii: "\"") { return self.string() }
        let start = self.position
        var depth = 0
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                guard self.string() != nil else { return nil }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return self.bytes[start..<self.position] }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return self.bytes[start..<self.position]
            default: break
            }
            self.position += 1
        }
        return nil
    }
}
