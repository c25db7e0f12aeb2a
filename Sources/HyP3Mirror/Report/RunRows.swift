/// The rows of a run that is going on, in the order they come, for its report. Any thread.
package struct RunRows: Sendable {
    private let spool: Spool

    /// - Parameter file: the report that gets them; nil where nobody asked for one, and the rows are dropped.
    package init(for file: String?) { self.spool = Spool(for: file) }

    func add(_ row: some Encodable & Sendable) {
        self.spool.add {
            let line = try JSONOutput.bytes(row)
            return Array(ForeignText.json(String(decoding: line, as: UTF8.self)).utf8)
        }
    }

    /// Hands out the rows as the elements of a JSON array, in pieces. Blocks.
    ///
    /// - Throws: `FilesystemError`; what `put` throws.
    func elements(_ put: ([UInt8]) throws -> Void) throws {
        // Every line but the first has a comma before it; lines hold no line end of their own.
        var isFirst = true
        var isAtStart = true
        try self.spool.read { piece in
            var text: [UInt8] = []
            text.reserveCapacity(piece.count + piece.count / 64)
            for byte in piece {
                if isAtStart { text += isFirst ? Array("\n    ".utf8) : Array(",\n    ".utf8) }
                isFirst = false
                isAtStart = byte == 0x0A
                if !isAtStart { text.append(byte) }
            }
            try put(text)
        }
    }
}
