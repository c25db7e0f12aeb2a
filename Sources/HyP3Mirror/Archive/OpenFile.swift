/// `open.jsonl` of a project: what the last run that planned left open. Written anew by each, by rename; losing it means
/// that nothing is known of what is open until the next run. Blocks.
struct OpenFile {
    /// What is read at most.
    private static let mostBytes: Int64 = 64 << 20

    let path: String
    var stop = StopFlag()

    /// - Returns: nil where there is none, or it is of another kind.
    /// - Throws: `FilesystemError`, `CancellationError`, what `body` throws.
    func read(_ body: (OpenRecord) throws -> Void) throws -> OpenHeader? {
        var header: OpenHeader?
        var isFirst = true
        try LineReader(path: self.path, stop: self.stop).read(upTo: Self.mostBytes) { line in
            if isFirst {
                isFirst = false
                let found = JSONLines.decode(OpenHeader.self, line: line.bytes)
                header = found?.schema == 1 ? found : nil
            } else if header != nil, let record = JSONLines.decode(OpenRecord.self, line: line.bytes) {
                try body(record)
            }
        }
        return header
    }
}
