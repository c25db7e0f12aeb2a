import Foundation
import Testing

@testable import HyP3Mirror

@Suite struct `Suspicion of a run as a whole` {
    /// Remembers of files of these names that they were proven not to exist, or were asked for without proof.
    private struct Memory: AbsenceMemory {
        var proven: Set<String> = []
        var unproven: Set<String> = []

        func isProvenAbsent(_ file: String, of job: Job) -> Bool { self.proven.contains(file) }
        func isDamaged(_ file: String, of job: Job) -> Bool { false }
        func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String? {
            self.proven.contains(file) || self.unproven.contains(file) ? "not there when last asked for" : nil
        }
        func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge? {
            self.reasonNotToAsk(for: file, of: job, now: planNow).map { .absent($0) }
        }
    }

    private static func jobs(
        _ count: Int,
        from start: Int = 0,
        status: Job.Status = .succeeded,
        expires: Date? = .days(11),
        estimator: String? = "iterative"
    ) -> [Job] {
        (start..<start + count).map {
            .example("job\($0)", stem: "S\($0)", status: status, expires: expires, estimator: estimator)
        }
    }

    private static func absent(_ count: Int, _ suffix: String) -> Memory {
        Memory(proven: Set((0..<count).map { "S\($0)\(suffix)" }))
    }

    private static func suspicions(
        _ jobs: [Job],
        _ suffixes: [String],
        memory: Memory = Memory(),
        present: [String] = [],
        met: EverMet = EverMet(),
        listedFrom: Date? = nil,
        acquired: ProjectSettings.Window = .init(),
        learn: (inout SuffixEvidence) -> Void = { _ in }
    ) throws -> [String] {
        var policy = PlanPolicy(suffixes: try suffixes.map { try SuffixTemplate($0) }, acquired: acquired, now: planNow)
        policy.listedFrom = listedFrom
        let plan = Plan.of(jobs, policy: policy, present: present, memory: memory)
        var evidence = plan.evidence
        learn(&evidence)
        return plan.suspicions(evidence, met: met).map { $0.sentence() }
    }

    @Test func `a suffix that a handful of products are proven not to have is suspicious`() throws {
        func found(_ count: Int, of jobs: [Job]) throws -> [String] {
            try Self.suspicions(jobs, ["_vv.tif"], memory: Self.absent(count, "_vv.tif"))
        }
        #expect(try found(4, of: Self.jobs(4)).isEmpty)
        #expect(try found(5, of: Self.jobs(5)) == ["none of 5 jobs has _vv.tif"])
        #expect(try found(28, of: Self.jobs(28)) == ["none of 28 jobs has _vv.tif"])
        // Of the rest nothing is known yet.
        #expect(try found(28, of: Self.jobs(29)).isEmpty)
        // What has expired, failed or is not finished says nothing; what was proven before it expired does.
        let others = [
            Self.jobs(9, from: 30, expires: .days(-1)), Self.jobs(9, from: 40, status: .failed),
            Self.jobs(9, from: 50, status: .running),
        ].flatMap(\.self)
        #expect(try found(5, of: Self.jobs(5) + others) == ["none of 5 jobs has _vv.tif"])
        #expect(try found(5, of: Self.jobs(5, expires: .days(-1))) == ["none of 5 jobs has _vv.tif"])
        #expect(try found(0, of: others).isEmpty)
    }

    @Test func `one job with an unsafe name, and absences without proof, change nothing`() throws {
        let bad = Job.example("bad", stem: "../x")
        let memory = Self.absent(5, "_vv.tif")
        #expect(
            try Self.suspicions(Self.jobs(5) + [bad], ["_vv.tif"], memory: memory) == ["none of 5 jobs has _vv.tif"]
        )
        var doubtful = Self.absent(4, "_vv.tif")
        doubtful.unproven = ["S4_vv.tif", "S5_vv.tif"]
        #expect(try Self.suspicions(Self.jobs(6), ["_vv.tif"], memory: doubtful).isEmpty)
    }

    @Test func `a suffix is beyond suspicion once there was a product`() throws {
        let (jobs, memory) = (Self.jobs(9), Self.absent(9, "_vv.tif"))
        func found(present: [String] = [], met: EverMet = EverMet(), listedFrom: Date? = nil) throws -> Int {
            try Self.suspicions(
                jobs,
                ["_vv.tif"],
                memory: memory,
                present: present,
                met: met,
                listedFrom: listedFrom
            ).count
        }
        #expect(try found() == 1)
        #expect(try found(met: EverMet(suffixes: ["_vv.tif"])) == 0)
        // Of a job that HyP3 lists no more.
        #expect(try found(present: ["2019/Old_vv.tif"]) == 0)
        #expect(try found(present: ["Old_VV.tif"]) == 1)
        #expect(try found(met: EverMet(hasJobs: true, suffixes: ["_VV.tif"])) == 1)
        // A listing of what may still matter is no full one.
        #expect(try found(listedFrom: .days(-1)) == 0)
    }

    @Test func `what a run learns of its products counts`() throws {
        let jobs = Self.jobs(6)
        func found(_ learn: (inout SuffixEvidence) -> Void) throws -> [String] {
            try Self.suspicions(jobs, ["_vv.tif", "_VV.tif"], learn: learn)
        }
        #expect(try found { for _ in 0..<5 { $0.miss("_vv.tif") } }.isEmpty)
        #expect(try found { for _ in 0..<6 { $0.miss("_vv.tif") } } == ["none of 6 jobs has _vv.tif"])
        let both = try found { evidence in
            for _ in 0..<6 { evidence.miss("_vv.tif") }
            for _ in 0..<5 { evidence.miss("_VV.tif") }
            evidence.meet("_VV.tif")
        }
        #expect(both == ["none of 6 jobs has _vv.tif"])
    }

    @Test func `a parameter that no finished job has is suspicious, one that is null in all is not unknown`() throws {
        let suffixes = ["_FM_{flood_depth_estimatr}_PW.tif", "_VV.tif"]
        let sentence = "no job has a parameter flood_depth_estimatr"
        #expect(try Self.suspicions(Self.jobs(5), suffixes) == [sentence])
        #expect(try Self.suspicions(Self.jobs(4) + Self.jobs(9, from: 9, status: .running), suffixes).isEmpty)
        // Parameters are listed after products are gone.
        #expect(try Self.suspicions(Self.jobs(5, expires: .days(-9)), suffixes) == [sentence])
        #expect(
            try Self.suspicions(Self.jobs(5), suffixes, met: EverMet(parameters: ["flood_depth_estimatr"])).isEmpty
        )
        #expect(try Self.suspicions(Self.jobs(5), suffixes, present: ["A_FM_x_PW.tif"]).isEmpty)
        let right = ["_FM_{flood_depth_estimator}_PW.tif", "_VV.tif"]
        #expect(try Self.suspicions(Self.jobs(5, estimator: nil), right).isEmpty)
    }

    @Test func `one reason for which nothing at all is to be had is suspicious`() throws {
        let fm = ["_FM_{flood_depth_estimator}_PW.tif"]
        let none = Self.jobs(5, estimator: nil)
        #expect(
            try Self.suspicions(none, fm)
                == ["nothing of 5 jobs is to be had, for one reason: the job has no flood_depth_estimator"]
        )
        #expect(try Self.suspicions(none + Self.jobs(1, from: 9), fm).isEmpty)
        let unsafe = (0..<7).map { Job.example("u\($0)", stem: "../\($0)") }
        #expect(
            try Self.suspicions(unsafe, ["_VV.tif", "_VH.tif"])
                == ["nothing of 7 jobs is to be had, for one reason: the name holds a slash"]
        )
        #expect(try Self.suspicions(unsafe + none, fm).isEmpty, "two reasons")
        #expect(try Self.suspicions(unsafe, ["_VV.tif"], present: ["Old_VV.tif"]).isEmpty)
        let timeless = try Self.suspicions(Self.jobs(6), ["_VV.tif"], acquired: .init(start: .days(-99)))
        #expect(timeless == ["nothing of 6 jobs is to be had, for one reason: its name tells no acquisition time"])
        // A window that has nothing new explains itself.
        let old = (0..<6).map { Job.example("o\($0)") }
        #expect(try Self.suspicions(old, ["_VV.tif"], acquired: .init(start: .days(-9))).isEmpty)
    }

    @Test func `the sentences name what was meant`() throws {
        let vv = Suspicion.suffix(try SuffixTemplate("_vv.tif"), products: 28)
        #expect(vv.sentence(nearest: "_VV.tif") == "none of 28 jobs has _vv.tif; their bucket lists _VV.tif")
        #expect(vv.sentence(nearest: "_\u{202E}x") == "none of 28 jobs has _vv.tif; their bucket lists _\u{FFFD}x")
        #expect(
            Suspicion.parameter("flood_depth_estimatr").sentence(nearest: "flood_depth_estimator")
                == "no job has a parameter flood_depth_estimatr; there is flood_depth_estimator"
        )
        let query = JobQuery(name: "HKHwatermap")
        #expect(
            Suspicion.noJobs(query).sentence(nearest: "HKHwatermaps")
                == "no job named 'HKHwatermap' for this user; there is 'HKHwatermaps'"
        )
        #expect(
            Suspicion.noJobs(JobQuery(name: "x", jobType: "RTC", userID: "u")).sentence()
                == "no job of type 'RTC' named 'x' for user 'u'"
        )
    }

    @Test func `runs remember what they met of what is still wanted`() throws {
        func record(_ query: String, _ met: EverMet?, newest: Date? = nil) -> RunRecord {
            var record = RunRecord(
                started: planNow,
                ended: planNow,
                exit: 0,
                isComplete: true,
                isFull: true,
                query: query
            )
            (record.met, record.newestRequest) = (met, newest)
            return record
        }
        let history = RunHistory([
            record("h\ta\t", EverMet(hasJobs: true, suffixes: ["_a"], parameters: ["p"])),
            record("h\tb\t", EverMet(suffixes: ["_b"])), record("h\tc\t", nil, newest: planNow),
        ])
        #expect(history.met("h\ta\t") == EverMet(hasJobs: true, suffixes: ["_a", "_b"], parameters: ["p"]))
        #expect(!history.met("h\tb\t").hasJobs && history.met("h\tc\t").hasJobs)
        let wanted = try ["_a", "_{q}"].map { try SuffixTemplate($0) }
        #expect(history.met("h\ta\t").about(wanted) == EverMet(hasJobs: true, suffixes: ["_a"]))
    }
}
