import Testing

@testable import hyp3_mirror

struct RuntimeWatchTests {
    @Test func `two minutes without a beat are too long, and any beat begins them anew`() {
        var silence = RuntimeWatch.Silence()
        let told = ([1] + Array(repeating: 1, count: 11) + Array(repeating: 2, count: 13)).map {
            silence.isTooLong(beats: $0)
        }
        #expect(told == Array(repeating: false, count: 24) + [true])
    }
}
