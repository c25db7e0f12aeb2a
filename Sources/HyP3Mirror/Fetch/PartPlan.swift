/// Divides what is missing of one object among its connections. Pure; the download asks and tells.
///
/// A connection works on a region, from its start to its end. Another that comes to help takes a piece off the end of the
/// largest one, so the first goes on undisturbed. Pieces shrink with what is left ("guided self-scheduling"), so that the
/// tail does not wait for one slow connection, and large ones are asked for exactly and leave their connection usable.
struct PartPlan: Sendable, Hashable {
    struct Region: Sendable, Hashable {
        var id: Int
        var range: Range<Int64>
        /// Where the next byte belongs.
        var position: Int64
        /// Bytes that are still to come.
        var rest: Int64 { self.range.upperBound - self.position }
    }

    private static let chunk = Int64(PartialFile.chunkSize)
    /// Less than this is not worth a request of its own: at 150 ms it costs a connection less than one round trip in ten.
    static let smallestPiece: Int64 = 1 << 20
    static let largestPiece: Int64 = 16 << 20

    private(set) var total: Int64
    private var waiting: [Range<Int64>]
    private(set) var active: [Region] = []
    private var nextID = 0

    /// - Parameter missing: in order, apart, aligned to chunks but for the object's end.
    init(total: Int64, missing: [Range<Int64>]) {
        self.total = total
        self.waiting = missing
    }

    /// Whether all bytes have come.
    var isComplete: Bool { self.waiting.isEmpty && self.active.isEmpty }

    /// Whether a connection more would find work.
    func hasWork(connections: Int) -> Bool {
        var copy = self
        return copy.take(connections: connections) != nil
    }

    /// A region for a connection that has none; nil when there is nothing worth one. Where it was cut off another region,
    /// that one ends earlier now.
    /// - Parameter connections: how many there may be at once for this object.
    mutating func take(connections: Int) -> Region? {
        if !self.waiting.isEmpty { return self.activate(self.waiting.removeFirst()) }
        guard let index = self.active.indices.max(by: { self.active[$0].rest < self.active[$1].rest }) else {
            return nil
        }
        let region = self.active[index]
        let all = self.active.reduce(0) { $0 + $1.rest }
        let share = all / Int64(2 * max(1, connections))
        let piece = min(max(share, Self.smallestPiece), Self.largestPiece)
        guard region.rest >= piece + Self.smallestPiece else { return nil }
        let cut = (region.range.upperBound - piece) / Self.chunk * Self.chunk
        guard cut > region.position else { return nil }
        let taken = cut..<region.range.upperBound
        self.active[index].range = region.range.lowerBound..<cut
        return self.activate(taken)
    }

    private mutating func activate(_ range: Range<Int64>) -> Region {
        let region = Region(id: self.nextID, range: range, position: range.lowerBound)
        self.nextID += 1
        self.active.append(region)
        return region
    }

    /// The end of an active region, which may have moved since it was taken.
    func end(of id: Int) -> Int64? { self.active.first { $0.id == id }?.range.upperBound }

    /// Notes how far a region is.
    mutating func advance(_ id: Int, to position: Int64) {
        guard let index = self.active.firstIndex(where: { $0.id == id }) else { return }
        self.active[index].position = max(
            self.active[index].position,
            min(position, self.active[index].range.upperBound)
        )
    }

    /// Takes a region out of work. What has not come is to be fetched by somebody else, from a chunk's start.
    mutating func end(_ id: Int) {
        guard let index = self.active.firstIndex(where: { $0.id == id }) else { return }
        let region = self.active.remove(at: index)
        let start =
            region.position >= region.range.upperBound
            ? region.range.upperBound : region.position / Self.chunk * Self.chunk
        guard start < region.range.upperBound else { return }
        self.waiting.append(start..<region.range.upperBound)
        self.waiting.sort { $0.lowerBound < $1.lowerBound }
    }
}
