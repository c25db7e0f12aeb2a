import FoundationEssentials

/// How far the staged bytes of one large product are to be trusted, beside the bytes themselves.
///
/// The file is a line of JSON and a line of marks, one character a chunk of the object:
/// `.` nothing, `w` written (true as long as this boot of this machine lasts: a killed process loses no written page),
/// `d` durable (fdatasync(2) had returned). A mark is set after what it claims, and one byte cannot be torn, so the
/// record never claims more than there is.
package struct ResumeRecord: Sendable, Hashable {
    package struct Header: Sendable, Hashable, Codable {
        package var schema = 1
        package var url: String
        package var path: String
        package var total: Int64
        package var chunk: Int
        /// `/proc/sys/kernel/random/boot_id` of the machine that wrote it.
        package var boot: String
        package var evidence: ServiceEvidence

        package init(url: String, path: String, total: Int64, chunk: Int, boot: String, evidence: ServiceEvidence) {
            self.url = url
            self.path = path
            self.total = total
            self.chunk = chunk
            self.boot = boot
            self.evidence = evidence
        }

        /// Chunks the object has; none where the numbers are impossible.
        package var count: Int {
            self.chunk > 0 && self.total > 0 ? Int((self.total - 1) / Int64(self.chunk)) + 1 : 0
        }
    }

    package enum Mark: UInt8, Sendable {
        case nothing = 0x2E
        case written = 0x77
        case durable = 0x64
    }

    package var header: Header
    package var marks: [Mark]

    package init(header: Header) {
        self.header = header
        self.marks = Array(repeating: .nothing, count: header.count)
    }

    /// Bytes of the first line at most; names, a URL and what a service says are far from that.
    private static let longestHeader = 64 << 10

    /// Reads a record. Nil when it is not one: torn, of another version, or of impossible numbers. It claims no more chunks
    /// than it has marks, so a wrong number costs no memory.
    package init?(parsing bytes: [UInt8], boot: String) {
        guard let end = bytes.prefix(Self.longestHeader).firstIndex(of: 10),
            let header = JSONLines.decode(Header.self, from: bytes[..<end]).first,
            header.schema == 1, header.total > 0, header.chunk > 0
        else { return nil }
        let line = bytes[(end + 1)...].prefix { $0 != 10 }
        guard line.count == header.count else { return nil }
        let isSameBoot = !boot.isEmpty && header.boot == boot
        self.header = header
        self.marks = line.map { byte in
            switch Mark(rawValue: byte) {
            case .durable: .durable
            case .written where isSameBoot: .written
            default: .nothing
            }
        }
        self.header.boot = boot
    }

    /// The parts of the object whose chunks have such marks, in order and joined where they touch.
    package func spans(where isWanted: (Mark) -> Bool) -> [Range<Int64>] {
        let chunk = Int64(self.header.chunk)
        var spans: [Range<Int64>] = []
        for (index, mark) in self.marks.enumerated() where isWanted(mark) {
            let start = Int64(index) * chunk
            let end = self.header.total - start > chunk ? start + chunk : self.header.total
            if let last = spans.last, last.upperBound == start {
                spans[spans.count - 1] = last.lowerBound..<end
            } else {
                spans.append(start..<end)
            }
        }
        return spans
    }

    /// The record as it stands in its file, and where in it the marks begin.
    package func encoded() throws -> (bytes: [UInt8], marksOffset: Int) {
        var bytes = try JSONOutput.bytes(self.header)
        bytes.append(10)
        let offset = bytes.count
        bytes += self.marks.map(\.rawValue)
        bytes.append(10)
        return (bytes, offset)
    }
}
