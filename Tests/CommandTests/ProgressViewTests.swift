import HyP3Mirror
import Testing

@testable import hyp3_mirror

@Suite struct ProgressViewTests {
    private static let name = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D_VV.tif"

    private static func fetching(transfers: Int = 2) -> ProgressState {
        var state = ProgressState(project: "floods")
        state.isPlanned = true
        (state.wanted, state.done, state.archived) = (12, 3, 3)
        (state.verified, state.listed) = (3_000_000, 12_000_000)
        state.rate = 500_000
        state.transfers = (0..<transfers).map { _ in .init(file: Self.name, staged: 500_000, total: 1_000_000) }
        return state
    }

    private static func lines(_ state: ProgressState, _ width: Int, _ height: Int) -> [String] {
        ProgressView.lines(state, .init(width: width, height: height))
    }

    @Test func `the run is one line of 80 columns, and each transfer one more`() {
        let name = Self.name
        #expect(
            Self.lines(Self.fetching(), 80, 24) == [
                "[######....................] 3 MB of 12 MB, 3/12 products, 500 kB/s, 16 s left",
                "  \(name)  50 % of 1 MB", "  \(name)  50 % of 1 MB",
            ]
        )
    }

    @Test func `whatever the window, no line is as wide as it, nor are there as many as it has`() {
        var states = [Self.fetching(transfers: 64), ProgressState(project: "名前" + String(repeating: "x", count: 90))]
        states[0].transfers[0].file = "\u{1B}[2J" + String(repeating: "水", count: 80)
        for state in states {
            for width in 1...210 {
                for height in 1...60 {
                    let lines = Self.lines(state, width, height)
                    #expect(lines.allSatisfy { Terminal.columns($0) < width }, "\(width)×\(height): \(lines)")
                    #expect(!lines.isEmpty && lines.count <= max(1, height - 1), "\(width)×\(height): \(lines)")
                    #expect(!lines.contains { $0.contains("\u{1B}") })
                }
            }
        }
    }

    @Test func `transfers that find no room are counted, and a third of the window is left`() {
        let lines = Self.lines(Self.fetching(transfers: 64), 80, 24)
        #expect(lines.count == 15 && lines.last == "  … and 51 more", "\(lines)")
    }

    @Test func `a name that is too long keeps its end, as names of one project begin alike`() {
        #expect(Self.lines(Self.fetching(), 60, 24)[1] == "  ~0_DVP_RTC30_G_gpuned_8A5D_VV.tif  50 % of 1 MB")
    }

    @Test func `bytes that are staged are in no total`() {
        var state = Self.fetching()
        state.verified = 0
        #expect(state.share == 0 && Self.lines(state, 80, 24)[0].contains(" 0 B of 12 MB, "))
        // What is staged need not come any more, though.
        #expect(state.left == .seconds(22))
    }

    @Test func `what is not known is not told`() {
        var state = Self.fetching(transfers: 1)
        (state.listed, state.rate, state.archived, state.verified) = (nil, 0, 0, 0)
        state.transfers[0].total = nil
        let lines = Self.lines(state, 80, 24)
        #expect(lines[0].hasSuffix("] 0 B, 3/12 products, 0 B/s") && lines[1].hasSuffix("  500 kB"), "\(lines)")
        #expect(state.left == nil && state.share == 0.25)
        state.listed = .max
        state.rate = 1e-300
        #expect(state.left == nil)
    }

    @Test func `where buckets have not listed all, the sizes known so far say how much it will be`() {
        var state = Self.fetching()
        state.listed = nil
        // Three of 1 MB are archived, two are on their way, and seven are like them.
        #expect(state.total.map { $0 == (12_000_000, true) } == true)
        #expect(Self.lines(state, 80, 24)[0].hasSuffix(" 3 MB of ~12 MB, 3/12 products, 500 kB/s, 16 s left"))
        state.wanted = 5
        #expect(state.total.map { $0 == (5_000_000, false) } == true)
        state.transfers[0].total = .max
        state.wanted = .max
        #expect(state.total?.bytes == 1_000_000_000_000_000_000)
    }

    @Test func `a transfer that is whole is verified before it counts`() {
        var state = Self.fetching(transfers: 1)
        state.transfers[0].staged = 1_000_000
        #expect(Self.lines(state, 80, 24)[1].hasSuffix("  1 MB, verifying"))
    }

    @Test func `before there is a plan it says what is waited for`() {
        var state = ProgressState(project: "floods")
        func lines(_ event: RunEvent) -> [String] {
            state.note(event)
            return Self.lines(state, 80, 24)
        }
        state.elapsed = .milliseconds(12_345)
        #expect(lines(.entered(.login)) == ["floods: HyP3: logging in, asking for jobs (12 s)"])
        #expect(lines(.entered(.lock)) == ["floods: waiting for another run to end (12 s)"])
        #expect(
            lines(.entered(.readingArchive)) == [
                "floods: HyP3: logging in, asking for jobs (12 s)", "floods: archive: reading",
            ]
        )
        #expect(lines(.entered(.listing(jobs: 1)))[0] == "floods: HyP3: 1 job listed so far (12 s)")
    }

    @Test func `the rate is of the last seconds`() {
        var rate = RecentRate(over: .seconds(10))
        #expect(rate.rate(0, at: .zero) == nil)
        #expect(rate.rate(100, at: .seconds(1)) == 100)
        for second in 2...30 { _ = rate.rate(100, at: .seconds(second)) }
        #expect(rate.rate(100, at: .seconds(31)) == 0)
    }
}
