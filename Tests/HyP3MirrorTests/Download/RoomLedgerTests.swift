import Foundation
import Testing

@testable import HyP3Mirror

/// Who gets what of a disk, by reckoning alone.
@Suite struct `Room ledger` {
    private static let size: Int64 = 10_000_000
    private static let cost = RoomLedger.cost(of: size)

    private static func urgency(_ day: Int) -> Urgency {
        Urgency(expires: Date(timeIntervalSince1970: Double(day) * 86400), requested: .distantPast, path: "\(day)")
    }

    /// A ledger of a disk with so much free, and products under way that expire on these days.
    private static func ledger(
        free: Int64,
        reserve: Int64 = 0,
        idle: [Int: Int64] = [:],
        begun days: some Sequence<Int>
    ) -> RoomLedger {
        let staged = idle.map { day, bytes in
            ("\(day)", RoomLedger.Idle(urgency: Self.urgency(day), bytes: bytes, total: Self.size))
        }
        var ledger = RoomLedger(reserve: reserve, idle: Dictionary(uniqueKeysWithValues: staged))
        ledger.read(DiskSpace(free: free, size: 1 << 40), mark: 0)
        for day in days { ledger.begin("\(day)", Self.urgency(day)) }
        return ledger
    }

    /// What changes the ledger cannot stand inside of `#expect`.
    private static func expect<Value: Equatable>(
        _ found: Value,
        _ wanted: Value,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(found == wanted, sourceLocation: location)
    }

    private static func isShort(_ step: RoomLedger.Step) -> Bool { if case .short = step { true } else { false } }

    @Test func `room is given out once, whoever asks side by side`() {
        var ledger = Self.ledger(free: 11 * Self.cost + 1, begun: 1...40)
        let granted = (1...40).filter { ledger.grant(Self.size, to: "\($0)") }
        #expect(granted == Array(1...11))
    }

    @Test func `what is written comes out of the room that was given`() {
        var ledger = Self.ledger(free: 2 * Self.cost, begun: 1...3)
        Self.expect(ledger.grant(Self.size, to: "1"), true)
        for _ in 0..<4 {
            Self.expect(ledger.begin(writing: 1_000_000, to: "1"), .granted)
            ledger.end(writing: 1_000_000, to: "1", isWritten: true)
        }
        Self.expect(ledger.grant(Self.size, to: "2"), true)
        Self.expect(ledger.grant(1, to: "3"), false)
        // The same after a reading that has the written bytes in it.
        ledger.read(DiskSpace(free: 2 * Self.cost - 4_000_000, size: 1 << 40), mark: ledger.mark)
        Self.expect(ledger.grant(1, to: "3"), false)
        Self.expect(ledger.settle(), nil)
        Self.expect(ledger.begin(writing: 1, to: "2"), .granted)
    }

    @Test func `a reading that is older than the last write is not taken for newer`() {
        var ledger = Self.ledger(free: Self.cost, begun: 1...2)
        Self.expect(ledger.grant(Self.size, to: "1"), true)
        let mark = ledger.mark
        _ = ledger.begin(writing: Self.size, to: "1")
        ledger.end(writing: Self.size, to: "1", isWritten: true)
        ledger.end("1", isStaged: false)
        ledger.read(DiskSpace(free: Self.cost, size: 1 << 40), mark: mark)
        Self.expect(ledger.grant(Self.size, to: "2"), false)
    }

    @Test func `what was given and not used goes to others`() {
        var ledger = Self.ledger(free: Self.cost, begun: 1...2)
        Self.expect(ledger.grant(Self.size, to: "1"), true)
        Self.expect(ledger.grant(Self.size, to: "2"), false)
        ledger.end("1", isStaged: false)
        Self.expect(ledger.grant(Self.size, to: "2"), true)
    }

    @Test func `what was staged before counts for its product`() {
        var ledger = Self.ledger(free: 1_000_000, idle: [1: Self.size], begun: [1])
        Self.expect(ledger.grant(Self.size, to: "1"), true)
        ledger.dropped("1")
        Self.expect(ledger.grant(Self.size, to: "1"), false)
    }

    @Test func `staged bytes that expire last make room, and no more of them than needed`() {
        var ledger = Self.ledger(free: 0, idle: [2: 6_000_000, 3: 6_000_000, 4: 6_000_000, 5: 6_000_000], begun: [1])
        var free: Int64 = 0
        var removed: [String] = []
        while case .remove(let path) = ledger.makeRoom(for: Self.size, at: "1") {
            removed.append(path)
            #expect(ledger.isLeaving(path))
            ledger.removed(path)
            free += 6_000_000
            ledger.read(DiskSpace(free: free, size: 1 << 40), mark: ledger.mark)
        }
        #expect(removed == ["5", "4"])
        Self.expect(ledger.begin(writing: Self.size, to: "1"), .granted)
    }

    @Test func `nothing is given up for what would not fit all the same`() {
        var ledger = Self.ledger(free: 0, idle: [1: 50_000_000, 3: 4_000_000, 4: 4_000_000], begun: [2])
        let step = ledger.makeRoom(for: Self.size, at: "2")
        #expect(Self.isShort(step))
        #expect(ledger.total(ofIdle: "3") != nil && ledger.total(ofIdle: "4") != nil)
    }

    @Test func `what expires sooner takes the room that a later one still waits for`() {
        var ledger = Self.ledger(free: 2 * Self.cost, begun: 1...3)
        Self.expect(ledger.grant(Self.size, to: "2"), true)
        Self.expect(ledger.grant(Self.size, to: "3"), true)
        Self.expect(ledger.begin(writing: 1000, to: "3"), .granted)
        ledger.end(writing: 1000, to: "3", isWritten: true)
        // What 3 has written is not there any more, but what it still waits for does nearly.
        Self.expect(ledger.makeRoom(for: Self.size - 100_000, at: "1"), .granted)
        Self.expect(ledger.begin(writing: 1000, to: "3"), .revoked)
        Self.expect(ledger.begin(writing: 1000, to: "2"), .granted)
    }

    @Test func `what expires later takes nothing from a sooner one`() throws {
        var ledger = Self.ledger(free: Self.cost, reserve: 1000, begun: [1, 2])
        Self.expect(ledger.grant(Self.size - 4096, to: "1"), true)
        guard case .short(let shortage) = ledger.makeRoom(for: Self.size, at: "2") else {
            Issue.record("2 has room")
            return
        }
        #expect(shortage.needed == Self.cost)
        #expect(shortage.underWay == Self.cost - 4096)
        #expect(shortage.reserve == 1000)
        Self.expect(ledger.begin(writing: 1000, to: "1"), .granted)
    }

    @Test func `unknown lengths are given room as they grow, and the reserve stays`() {
        let reserve: Int64 = 5_000_000
        var ledger = Self.ledger(free: reserve + 3_000_000, reserve: reserve, begun: [1, 2])
        var written: Int64 = 0
        for _ in 0..<20 {
            for path in ["1", "2"] {
                switch ledger.begin(writing: 262_144, to: path) {
                case .granted:
                    ledger.end(writing: 262_144, to: path, isWritten: true)
                    written += 262_144
                case .wanted(let end): _ = ledger.grant(end, to: path, isOpen: true)
                case .revoked: Issue.record("revoked")
                }
            }
        }
        #expect(written > 2_000_000 && written <= 3_000_000, "\(written)")
    }

    @Test func `where others fill the disk, what expires last stops first`() {
        var ledger = Self.ledger(free: 4 * Self.cost, reserve: Self.cost, begun: 1...3)
        for path in ["1", "2", "3"] { Self.expect(ledger.grant(Self.size, to: path), true) }
        ledger.read(DiskSpace(free: 3 * Self.cost, size: 1 << 40), mark: ledger.mark)
        Self.expect(ledger.settle(), nil)
        let states = ["1", "2", "3"].map { ledger.begin(writing: 1, to: $0) }
        #expect(states == [.granted, .granted, .revoked])
    }

    @Test func `a disk that does not say how much is free gives room to all`() {
        var ledger = Self.ledger(free: 0, reserve: 1 << 40, begun: [1])
        ledger.read(nil, mark: 0)
        Self.expect(ledger.grant(Self.size, to: "1"), true)
        Self.expect(ledger.settle(), nil)
    }
}
