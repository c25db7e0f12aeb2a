/// How many connections a host gets: few at first, more while more bring more, half when it asks for less. Pure.
///
/// On a long or lossy line one TCP connection carries little whatever is in it, so their number is the throughput; on a
/// short one a few fill the line and more only cost.
struct ConnectionPacing: Sendable, Hashable {
    /// What was seen since the last look.
    struct Observation: Sendable, Hashable {
        /// Bytes a second.
        var throughput: Double
        /// All connections are in use, and there is work for more.
        var isExhausted: Bool
        /// The host answered 429 or 503.
        var isThrottled: Bool
        /// Seconds from a request to its answer at best; nil until there was one.
        var latency: Double?
    }

    /// Between two looks.
    static let interval = Duration.milliseconds(250)
    /// More than this much more throughput is worth the connections that brought it.
    private static let worthwhile = 1.05
    /// Looks without growth after the host asked for less, and between two tries once growth has brought nothing.
    private static let patienceAfterThrottling = 12
    private static let patienceAfterPlateau = 40
    /// Seconds; above, the line is far rather than full and the limit is what holds it back.
    static let farLatency = 0.05
    /// Connections to a host that is near, at most, unless the user says how many: they cost memory, and fewer fill the line.
    static let mostNear = 32

    private(set) var limit: Int
    private let most: Int
    private let isFixed: Bool
    private var best = 0.0
    private var pause = 0
    /// After throttling growth is one by one: the edge is near.
    private var isCareful = false

    /// - Parameter latency: of this host or one near it, if known.
    init(most: Int, isFixed: Bool, latency: Double?) {
        self.most = max(1, most)
        self.isFixed = isFixed
        let isFar = (latency ?? 0) > Self.farLatency
        self.limit = isFixed || isFar ? self.most : min(self.most, 8)
    }

    /// Takes a look and gives the new limit.
    mutating func look(_ seen: Observation) -> Int {
        if seen.isThrottled {
            self.limit = max(1, self.limit / 2)
            self.pause = Self.patienceAfterThrottling
            self.isCareful = true
            self.best = 0
            return self.limit
        }
        if self.pause > 0 {
            self.pause -= 1
            return self.limit
        }
        let isFar = (seen.latency ?? 0) > Self.farLatency
        let most = self.isFixed || isFar ? self.most : min(self.most, Self.mostNear)
        guard seen.isExhausted, self.limit < most, seen.throughput > 0 else { return self.limit }
        if self.isCareful {
            self.limit += 1
        } else if isFar || seen.throughput > self.best * Self.worthwhile {
            self.limit = min(most, self.limit * 2)
        } else {
            self.pause = Self.patienceAfterPlateau
            self.best = 0
            return self.limit
        }
        self.best = max(self.best, seen.throughput)
        return self.limit
    }
}
