import Testing

@testable import HyP3Mirror

@Suite("Time line of a run")
struct TimeLineTests {
    private let start = ContinuousClock.now

    @Test("marks come in the order of a run, the first of a kind, and the last of what goes on")
    func order() {
        let line = TimeLine(start: self.start)
        line.pass(.lastArchived, at: self.start + .milliseconds(3_002))
        line.pass(.firstPage, at: self.start + .milliseconds(612))
        line.pass(.firstPage, at: self.start + .milliseconds(700))
        line.pass(.lastArchived, at: self.start + .milliseconds(61_040))
        #expect(line.text == "first page of jobs 0.612 s, last product archived 61.040 s")
    }

    @Test("what a run has not come to is not told")
    func nothing() {
        let line = TimeLine(start: self.start)
        #expect(line.text.isEmpty)
        line.note(Traffic())
        #expect(line.text.hasPrefix("ended "))
    }
}
