import Foundation
import HyP3Mirror
import Testing

@Suite struct OutageBookTests {
    private static func time(_ minute: Double) -> Date { Date(timeIntervalSince1970: 1_795_154_400 + minute * 60) }

    @Test func `one line an hour is due, and all say since when`() {
        var entry: OutageBook.Entry?
        var due: [Double] = []
        for minute in stride(from: 0.0, through: 130, by: 10) {
            let next = OutageBook.Entry.next(
                after: entry,
                started: Self.time(minute),
                now: Self.time(minute + 1)
            )
            if next.isDue { due.append(minute) }
            #expect(next.entry.since == Self.time(0))
            entry = next.entry
        }
        #expect(due == [0, 60, 120])
    }

    @Test func `a clock that was set back begins anew`() {
        let entry = OutageBook.Entry(since: Self.time(0), told: Self.time(100))
        let next = OutageBook.Entry.next(after: entry, started: Self.time(5), now: Self.time(6))
        #expect(next.isDue && next.entry == OutageBook.Entry(since: Self.time(5), told: Self.time(6)))
    }
}
