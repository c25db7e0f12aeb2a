/// Divides what is missing of one object among its connections. Pure; the download asks and tells.
///
/// A connection brings a piece, from its start to its end. Pieces are taken in order from the front, so that the digests
/// follow closely and have nothing left to do when the last byte comes; and they shrink with what is left ("guided
/// self-scheduling"), so that the end does not wait for one slow connection. A connection that is alone brings all there is
/// until another comes to help; then it stops a little further on.
struct PiecePlan: Sendable, Hashable {
    struct Piece: Sendable, Hashable {
        var id: Int
        var range: Range<Int64>
        /// Where the next byte belongs.
        var position: Int64
        /// Bytes that are still to come.
        var rest: Int64 { self.range.upperBound - self.position }
        var isComplete: Bool { self.position >= self.range.upperBound }
    }

    private static let chunk = Int64(StagedFile.chunkSize)
    /// Less than this is not worth a request of its own: at 150 ms it costs a connection less than one round trip in ten.
    static let smallestPiece: Int64 = 1 << 20
    static let largestPiece: Int64 = 16 << 20

    let total: Int64
    private(set) var missing: [Range<Int64>]
    private(set) var active: [Piece] = []
    private var nextID = 0

    /// - Parameter missing: in order, apart, aligned to chunks but for the object's end.
    init(total: Int64, missing: [Range<Int64>]) {
        self.total = total
        self.missing = missing
    }

    /// Whether all bytes have come.
    var isComplete: Bool { self.missing.isEmpty && self.active.isEmpty }

    func piece(_ id: Int) -> Piece? { self.active.first { $0.id == id } }

    /// Whether one connection more would find work.
    /// - Parameter connections: how many there may be at once for this object.
    func hasWork(connections: Int) -> Bool {
        !self.missing.isEmpty || self.divisible(connections: connections) != nil
    }

    /// A piece for a connection that has none; nil when there is nothing worth one.
    /// - Returns: the piece, and the id of another that ends earlier now, if it was cut off that one.
    mutating func take(connections: Int) -> (piece: Piece, shortened: Int?)? {
        var shortened: Int?
        if self.missing.isEmpty {
            guard let (index, cut) = self.divisible(connections: connections) else { return nil }
            let range = self.active[index].range
            self.active[index].range = range.lowerBound..<cut
            self.missing = [cut..<range.upperBound]
            shortened = self.active[index].id
        }
        let first = self.missing[0]
        let piece = self.active.isEmpty ? first : first.lowerBound..<self.cut(first, connections: connections)
        self.remove(piece)
        self.active.append(Piece(id: self.nextID, range: piece, position: piece.lowerBound))
        self.nextID += 1
        return (self.active[self.active.count - 1], shortened)
    }

    /// Lets a piece that is complete go on with what follows it, if nobody has taken that.
    /// - Parameter limit: where its answer ends.
    /// - Returns: its new end.
    mutating func extend(_ id: Int, upTo limit: Int64, connections: Int) -> Int64? {
        guard let index = self.active.firstIndex(where: { $0.id == id }),
            let next = self.missing.first(where: { $0.lowerBound == self.active[index].range.upperBound })
        else { return nil }
        let end = min(limit, self.active.count == 1 ? next.upperBound : self.cut(next, connections: connections))
        guard end > next.lowerBound else { return nil }
        self.remove(next.lowerBound..<end)
        self.active[index].range = self.active[index].range.lowerBound..<end
        return end
    }

    /// Gives one piece all that follows it, whether it has come already or not. For an object that cannot be divided.
    mutating func extendToEnd(_ id: Int) {
        guard let index = self.active.firstIndex(where: { $0.id == id }) else { return }
        let piece = self.active[index]
        self.active[index].range = piece.range.lowerBound..<self.total
        self.remove(piece.range.upperBound..<self.total)
    }

    /// Notes how far a piece is.
    mutating func advance(_ id: Int, to position: Int64) {
        guard let index = self.active.firstIndex(where: { $0.id == id }) else { return }
        let piece = self.active[index]
        self.active[index].position = max(piece.position, min(position, piece.range.upperBound))
    }

    /// Takes a piece out of work. What has not come is to be brought by somebody else, from a chunk's start.
    mutating func end(_ id: Int) {
        guard let index = self.active.firstIndex(where: { $0.id == id }) else { return }
        let piece = self.active.remove(at: index)
        guard !piece.isComplete else { return }
        let start = max(piece.range.lowerBound, piece.position / Self.chunk * Self.chunk)
        self.missing = Spans(self.missing + [start..<piece.range.upperBound]).ranges
    }

    /// What a fair piece is by now: half of what each connection would have to bring.
    private func share(_ connections: Int) -> Int64 {
        let rest = self.missing.reduce(self.active.reduce(0) { $0 + $1.rest }) { $0 + ($1.upperBound - $1.lowerBound) }
        return min(max(rest / Int64(2 * max(1, connections)), Self.smallestPiece), Self.largestPiece)
    }

    /// Where a piece from the start of `range` ends: all of it where the rest would be too small.
    private func cut(_ range: Range<Int64>, connections: Int) -> Int64 {
        let share = self.share(connections)
        guard range.upperBound - range.lowerBound >= share + Self.smallestPiece / 2 else { return range.upperBound }
        return (range.lowerBound + share) / Self.chunk * Self.chunk
    }

    /// The piece with the most to come, and where it would end if another connection took over from there.
    private func divisible(connections: Int) -> (index: Int, cut: Int64)? {
        guard let index = self.active.indices.max(by: { self.active[$0].rest < self.active[$1].rest }) else {
            return nil
        }
        let (piece, share) = (self.active[index], self.share(connections))
        guard piece.rest >= share + Self.smallestPiece else { return nil }
        let cut = (piece.position + share - 1) / Self.chunk * Self.chunk + Self.chunk
        return cut < piece.range.upperBound ? (index, cut) : nil
    }

    private mutating func remove(_ taken: Range<Int64>) {
        self.missing = self.missing.flatMap { range -> [Range<Int64>] in
            guard range.overlaps(taken) else { return [range] }
            return [
                range.lowerBound..<max(range.lowerBound, taken.lowerBound),
                min(range.upperBound, taken.upperBound)..<range.upperBound,
            ].filter { !$0.isEmpty }
        }
    }
}
