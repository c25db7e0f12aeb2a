/// How far one object is digested from its start on. Bytes beyond a gap wait in the file, and are read back once the front
/// has reached them. Pure: the download carries out what is `next`.
struct DigestFront {
    /// What there is to do.
    enum Work {
        case digest([ChunkBuffer])
        case readBack(Range<Int64>)
        /// Nothing until more bytes come.
        case nothing
    }

    /// Where the bytes end that are digested, being digested, or waiting for it.
    private(set) var end: Int64 = 0
    private var waiting: [ChunkBuffer] = []
    /// In the file, beyond the front.
    private var ahead: Spans

    /// - Parameter present: what of the object is staged already.
    init(present: [Range<Int64>]) { self.ahead = Spans(present) }

    /// Notes bytes that are in the file now.
    /// - Returns: whether the buffer is kept until it is digested.
    mutating func take(_ buffer: ChunkBuffer, at offset: Int64) -> Bool {
        let range = offset..<offset + Int64(buffer.count)
        guard offset == self.end else {
            // Bytes that came twice lie behind the front, or beyond it once more.
            if range.upperBound > self.end { self.ahead.insert(max(offset, self.end)..<range.upperBound) }
            return false
        }
        self.end = range.upperBound
        self.waiting.append(buffer)
        return true
    }

    /// What to do now; the front counts it as done.
    mutating func next() -> Work {
        if !self.waiting.isEmpty {
            defer { self.waiting = [] }
            return .digest(self.waiting)
        }
        guard let range = self.ahead.take(from: self.end, most: Int64(StagedFile.chunkSize)) else { return .nothing }
        self.end = range.upperBound
        return .readBack(range)
    }

    /// Gives back what waits; nothing more will be digested.
    mutating func abandon() {
        for buffer in self.waiting { buffer.giveBack() }
        self.waiting = []
        self.ahead = Spans()
    }
}
