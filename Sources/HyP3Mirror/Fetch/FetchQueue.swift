/// Which product is begun next: in the order of the plan; what found no room while others were under way once more, when
/// they have ended and by itself, the most urgent first. Pure.
struct FetchQueue {
    /// A try at a product.
    struct Try: Sendable {
        var product: Product
        /// Its bytes, where an earlier try has learned them.
        var size: Int64?
        /// What an earlier try cost.
        var earlier: FetchTally?
    }

    private let window: Int
    private var first = Waiting<Product>()
    private var again: [Try] = []
    private var underWay = 0
    /// What is under way is to have all the room.
    private var isAlone = false
    private var shortages = 0
    /// The first product's that was given up for want of room.
    private(set) var noRoom: NoRoom?

    /// Products in a row that find no room before the disk is taken to be full for all. Of many of them nobody knows the size
    /// before their host was asked.
    static let mostShortages = 256

    /// - Parameter window: products under way at once.
    init(window: Int) { self.window = max(1, window) }

    /// Products that are not begun yet.
    var count: Int { self.first.count }
    /// Nothing more is begun.
    var isFull: Bool { self.shortages >= Self.mostShortages }

    mutating func append(_ products: [Product]) { self.first.append(products) }

    /// The product to be begun now, to be followed by `ended`; nil for none.
    mutating func next() -> Try? {
        guard !self.isFull, !self.isAlone else { return nil }
        var next: Try?
        if !self.again.isEmpty {
            guard self.underWay == 0 else { return nil }
            self.isAlone = true
            next = self.again.removeFirst()
        } else if self.underWay < self.window {
            next = self.first.next().map { Try(product: $0) }
        }
        if next != nil { self.underWay += 1 }
        return next
    }

    /// A try has come to its end.
    ///
    /// - Parameter isBegun: anything was asked of its host.
    /// - Returns: the product's outcome, with what all tries cost; nil where it is tried once more.
    mutating func ended(_ attempt: Try, _ outcome: FetchOutcome, isBegun: Bool) -> FetchOutcome? {
        self.underWay -= 1
        self.isAlone = false
        if case .archived = outcome.result { self.shortages = 0 }
        if case .left(.room(let noRoom)) = outcome.result {
            if isBegun, attempt.earlier == nil, !self.isFull {
                let next = Try(product: outcome.product, size: noRoom.shortage.total, earlier: outcome.tally)
                let urgency = outcome.product.urgency
                let place = self.again.firstIndex { urgency < $0.product.urgency } ?? self.again.endIndex
                self.again.insert(next, at: place)
                return nil
            }
            self.shortages += 1
            self.noRoom = self.noRoom ?? noRoom
        }
        guard let earlier = attempt.earlier else { return outcome }
        return FetchOutcome(
            product: outcome.product,
            result: outcome.result,
            tally: outcome.tally.adding(earlier)
        )
    }
}

/// First in, first out.
private struct Waiting<Element> {
    private var elements: [Element] = []
    private var start = 0

    var count: Int { self.elements.count - self.start }

    mutating func append(_ more: [Element]) { self.elements += more }

    mutating func next() -> Element? {
        guard self.start < self.elements.count else { return nil }
        let element = self.elements[self.start]
        self.start += 1
        if self.start > self.elements.count / 2 {
            self.elements.removeFirst(self.start)
            self.start = 0
        }
        return element
    }
}
