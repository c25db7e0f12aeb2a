import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `Memory of absence` {
    private static func product(_ job: Job) -> Product {
        Product(
            file: "A_VV.tif",
            path: "A_VV.tif",
            url: "https://bucket.example/A_VV.tif",
            provenance: Provenance(job)
        )
    }

    /// The days after the job's request on which runs, one every `step` days, ask for a product that is never there.
    private static func days(of job: Job, step: Double, until end: Double) -> [Double] {
        var book = AbsenceBook()
        var asked: [Double] = []
        for day in stride(from: 0, through: end, by: step) {
            let now = job.requestTime.addingTimeInterval(day * 86400)
            if let deletion = job.expires, deletion <= now { break }
            if book.reasonNotToAsk(for: "A_VV.tif", of: job, now: now) != nil { continue }
            asked.append(day)
            book.recordAbsent(Self.product(job), .witness, now: now)
        }
        return asked
    }

    @Test func `a product that is not there is asked for again after 1, 3 and 7 days, and in every run of its last`() {
        let job = Job.example("a", stem: "A", requested: .days(0), expires: .days(14))
        #expect(Self.days(of: job, step: 1, until: 60) == [0, 1, 4, 11, 12, 13])
        let longer = Job.example("a", stem: "A", requested: .days(0), expires: .days(27))
        #expect(Self.days(of: longer, step: 1, until: 60) == [0, 1, 4, 11, 18, 25, 26])
        let shorter = Job.example("a", stem: "A", requested: .days(0), expires: .days(3))
        #expect(Self.days(of: shorter, step: 1, until: 60) == [0, 1, 2])
        // Its turn would come some hours before the deletion, and after the last daily run.
        let unlucky = Job.example("a", stem: "A", requested: .days(0), expires: .days(18.5))
        #expect(Self.days(of: unlucky, step: 1, until: 60) == [0, 1, 4, 11, 12, 13, 14, 15, 16, 17, 18])
        let kept = Job.example("a", stem: "A", requested: .days(0), expires: nil)
        #expect(Self.days(of: kept, step: 1, until: 60) == [0, 1, 4, 11])
    }

    @Test func `on the first day of its job it is asked for in every run, which counts as once`() {
        let job = Job.example("a", stem: "A", requested: .days(0), expires: .days(14))
        #expect(
            Self.days(of: job, step: 0.25, until: 60) == [0, 0.25, 0.5, 0.75, 1.75, 4.75]
                + stride(from: 11.75, to: 14, by: 0.25)
        )
    }

    @Test func `a daily run that starts a little early does not skip a day`() {
        let job = Job.example("a", stem: "A", requested: .days(0), expires: .days(14))
        #expect(Self.days(of: job, step: 0.99, until: 3).count == 3)
    }

    @Test func `what a clock since set back has written is not believed`() {
        let job = Job.example("a", stem: "A", requested: .days(-5))
        var book = AbsenceBook()
        book.recordAbsent(Self.product(job), .witness, now: .days(3))
        #expect(book.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(0)) == nil)
        book.recordAbsent(Self.product(job), .witness, now: .days(0))
        #expect(
            book.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(0.5))
                == "not there when last asked for on 2024-08-01; asked again from 2024-08-02T11:00:00Z"
        )
    }

    @Test func `an absent product that expires was never lost, and a lost one is told once`() {
        let (gone, lost) = (Job.example("a", expires: .days(-1)), Job.example("b", expires: .days(-1)))
        var book = AbsenceBook()
        book.recordAbsent(Self.product(gone), .witness, now: .days(-2))
        #expect(
            book.knowledge(ofExpired: "A_VV.tif", of: gone)
                == .absent("not there when last asked for on 2024-07-30, before HyP3 would have deleted it")
        )
        let isNew = [0.0, 1].map { book.recordLost(Self.product(lost), now: .days($0)) }
        #expect(isNew == [true, false])
        #expect(book.knowledge(ofExpired: "A_VV.tif", of: lost) == .lost("found lost on 2024-08-01"))
        #expect(book.reasonNotToAsk(for: "A_VV.tif", of: lost, now: .days(1)) == nil)
    }

    @Test func `a product damaged upstream is fetched again after 1, 3 and 7 days, on its job's first day, too`() {
        let job = Job.example("a", stem: "A", requested: .days(0), expires: nil)
        var book = AbsenceBook()
        var asked: [Double] = []
        for day in stride(from: 0.25, to: 14, by: 0.25) {
            let reason = book.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(day))
            #expect(reason?.hasPrefix("damaged upstream when last fetched on 2024-08-") ?? true)
            if reason != nil { continue }
            asked.append(day)
            book.recordDamaged(Self.product(job), now: .days(day))
            #expect(book.openSince(now: .days(day)) == (asked.count < 4 ? .days(0) : nil))
        }
        #expect(asked == [0.25, 1.25, 4.25, 11.25])
        #expect(
            book.knowledge(ofExpired: "A_VV.tif", of: job)
                == .absent("damaged upstream when last fetched on 2024-08-12, before HyP3 would have deleted it")
        )
        #expect(book.acceptingDamage.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(12)) == nil)
    }

    @Test func `only what is to be asked for again holds back an incremental run`() {
        let jobs: [(id: String, requested: Double)] = [("settled", -20), ("open", -3), ("young", 0)]
        var book = AbsenceBook()
        for (id, requested) in jobs {
            book.recordAbsent(
                Self.product(.example(id, requested: .days(requested), expires: nil)),
                .witness,
                now: .days(0)
            )
        }
        let settled = Job.example("settled", requested: .days(-20), expires: nil)
        for day in [1.0, 4, 11] { book.recordAbsent(Self.product(settled), .witness, now: .days(day)) }
        #expect(book.openSince(now: .days(11)) == .days(-3))
        book.forget(Self.product(.example("open")))
        #expect(book.openSince(now: .days(11)) == .days(0))
        #expect(book.openSince(now: .days(99)) == nil)
    }

    private func book(reading bytes: [UInt8]) async throws -> AbsenceBook {
        try await withTemporaryDirectory { directory in
            try Data(bytes).write(to: URL(filePath: "\(directory)/absent.jsonl"))
            return try AbsenceBook(reading: ["\(directory)/absent.jsonl"])
        }
    }

    @Test func `torn and foreign lines are skipped, and what was read is written again`() async throws {
        var book = AbsenceBook()
        for id in ["a", "b", "c"] { book.recordAbsent(Self.product(.example(id)), .witness, now: .days(0)) }
        let lines = try book.lines(shard: nil, now: .days(0))
        let foreign = Array("{\"file\":\"x\nnot JSON\n{}\n".utf8)
        let copy = try await self.book(reading: foreign + lines + lines.prefix(40))
        #expect(copy.count == 3)
        #expect(try copy.lines(shard: nil, now: .days(0)) == lines)
        let parts = try ["1/2", "2/2"].map { try copy.lines(shard: try Shard($0), now: .days(0)).count }
        #expect(parts.reduce(0, +) == lines.count)
        #expect(try copy.lines(shard: nil, now: .days(200)).isEmpty)
    }

    /// As versions wrote it that took every refusal for an absence.
    private func unproven(asked: Int, expires: Date) async throws -> AbsenceBook {
        try await self.book(
            reading: Array(
                """
                {"schema":1,"file":"A_VV.tif","job_id":"a","state":"absent","first":"2024-07-30T00:00:00Z",\
                "last":"2024-07-30T00:00:00Z","asked":\(asked),"requested":"2024-07-29T12:00:00Z",\
                "expires":"\(CivilTime(expires).text)"}\n
                """.utf8
            )
        )
    }

    @Test func `an absence without proof is asked for again, and keeps an incremental run from passing over it`()
        async throws
    {
        let job = Job.example("a", expires: .days(3))
        for asked in 1...5 {
            var book = try await self.unproven(asked: asked, expires: .days(3))
            #expect(book.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(0)) == nil)
            #expect(book.openSince(now: .days(0)) != nil)
            book.recordAbsent(Self.product(job), .listing, now: .days(0))
            #expect(book.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(0.5))?.contains("asked again") == true)
        }
        let gone = Job.example("a", expires: .days(-1))
        let book = try await self.unproven(asked: 4, expires: .days(-1))
        guard case .absent(let reason) = book.knowledge(ofExpired: "A_VV.tif", of: gone) else {
            Issue.record("a loss that nobody can know of")
            return
        }
        #expect(reason.hasSuffix("without a proof that it never was"))
    }

    @Test func `absences that no complete run has settled are kept, so that they are never called lost`() throws {
        var book = AbsenceBook()
        book.recordAbsent(Self.product(.example("a", requested: .days(-3))), .witness, now: .days(0))
        #expect(try book.lines(shard: nil, settledBefore: nil, now: .days(200)).isEmpty == false)
        #expect(try book.lines(shard: nil, settledBefore: .days(-4), now: .days(200)).isEmpty == false)
        #expect(try book.lines(shard: nil, settledBefore: .days(-2), now: .days(200)).isEmpty)
    }

    @Test func `what is missing is told once, and stays so`() throws {
        var book = AbsenceBook()
        let job = Job.example("a", expires: .days(-1))
        let product = Self.product(job)
        let news = [Date.days(-9), nil].map { book.recordMissing(product, archived: $0, now: .days(0)) }
        #expect(news == [true, false])
        #expect(book.isTold(product, as: .missing) && !book.isTold(product, as: .lost))
        let reason = "was archived on 2024-07-23, and is no longer in the archive"
        #expect(book.knowledge(ofExpired: product.file, of: job) == .missing(reason))
        let lines = try book.lines(shard: nil, now: .days(400))
        #expect(!lines.isEmpty)
        #expect(book.openSince(now: .days(0)) == nil)
    }

    private static let reason = "the name holds a slash"

    private static func unusable(_ id: String, _ file: String = "../A.zip") -> Product {
        Product(file: file, path: "", url: "", provenance: Provenance(.example(id, expires: nil)))
    }

    @Test func `what can never be archived is new once, told once a day, and holds nothing back`() async throws {
        var book = AbsenceBook()
        var told: [Double: AbsenceBook.Telling] = [:]
        for day in [0, 0.5, 0.97, 1.5, 2, 9] {
            // Two suffixes of a job that has no name for any.
            for _ in 0..<2 {
                if let telling = book.recordUnusable(Self.unusable("a"), reason: Self.reason, now: .days(day)) {
                    told[day] = telling
                }
            }
            book = try await self.book(reading: try book.lines(shard: nil, now: .days(day)))
        }
        #expect(told == [0: .first, 0.97: .again, 2: .again, 9: .again])
        let others = [Self.unusable("b"), Self.unusable("a", "B_a\\b.tif")]
        #expect(others.map { book.recordUnusable($0, reason: Self.reason, now: .days(9)) } == [.first, .first])
        #expect(book.count == 3 && book.openSince(now: .days(9)) == nil)
        let job = Job.example("a", expires: nil)
        #expect(book.reasonNotToAsk(for: "../A.zip", of: job, now: .days(9)) == nil)
        #expect(book.knowledge(ofExpired: "../A.zip", of: job) == nil)
        // A clock that was ahead, and then set back.
        #expect(book.recordUnusable(Self.unusable("a"), reason: Self.reason, now: .days(3)) == .again)
    }

    @Test func `what can never be archived is forgotten when HyP3 no longer lists it`() throws {
        var book = AbsenceBook()
        _ = book.recordUnusable(Self.unusable("a"), reason: Self.reason, now: .days(0))
        _ = book.recordUnusable(Self.unusable("b"), reason: Self.reason, now: .days(60))
        let kept = String(decoding: try book.lines(shard: nil, now: .days(100)), as: UTF8.self)
        #expect(kept.contains("\"job_id\":\"b\"") && !kept.contains("\"job_id\":\"a\""))
        #expect(kept.contains("\"reason\":\"the name holds a slash\""))
    }

    @Test func `what can never be archived is remembered within bounds`() async throws {
        var book = AbsenceBook()
        let name = String(repeating: "a", count: 100_000) + ".zip"
        for number in 0..<10_500 {
            let found = book.recordUnusable(
                Self.unusable("\(number)", number == 0 ? name : "x"),
                reason: Self.reason,
                now: .days(0)
            )
            #expect(found == .first)
        }
        let lines = try book.lines(shard: nil, now: .days(0))
        #expect(book.count == 10_000 && lines.count < 10_000 * 400)
        #expect(book.recordUnusable(Self.unusable("0", name), reason: Self.reason, now: .days(0.1)) == nil)
        // Beyond is always told.
        var again = try await self.book(reading: lines)
        #expect(again.recordUnusable(Self.unusable("10001", "x"), reason: Self.reason, now: .days(0.1)) == .first)
        #expect(again.count == 10_000)
    }

    @Test func `a number that no run would have written does no harm`() async throws {
        var book = try await self.book(
            reading: Array(
                """
                {"schema":1,"file":"A_VV.tif","job_id":"a","state":"absent","first":"2024-07-30T00:00:00Z",\
                "last":"2024-07-30T00:00:00Z","asked":9223372036854775807,"proof":"witness",\
                "requested":"2024-07-29T12:00:00Z"}\n
                """.utf8
            )
        )
        let job = Job.example("a", expires: nil)
        #expect(book.reasonNotToAsk(for: "A_VV.tif", of: job, now: .days(0))?.hasSuffix("; not asked again") == true)
        book.recordAbsent(Self.product(job), .witness, now: .days(0))
        #expect(book.count == 1)
    }
}
