import Foundation

@testable import HyP3Mirror

/// 2024-08-01T12:00:00Z: the present of these tests.
let planNow = Date(timeIntervalSince1970: 1_722_513_600)

extension Date {
    /// `planNow` and so many days.
    static func days(_ days: Double) -> Date { planNow.addingTimeInterval(days * 86400) }
}

extension Job {
    /// A water map job whose products begin with `stem`; without a stem it lists no files.
    static func example(
        _ id: String,
        stem: String? = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D",
        status: Status = .succeeded,
        requested: Date = .days(-3),
        expires: Date? = .days(11),
        estimator: String? = "iterative"
    ) -> Job {
        let files = stem.map { stem in
            [Job.File(filename: "\(stem).zip", size: 1, url: "https://bucket.example/\(id)/\(stem).zip")]
        }
        return Job(
            id: id,
            type: "WATER_MAP",
            name: "floods",
            status: status,
            requestTime: requested,
            expires: expires,
            files: files ?? [],
            templateParameters: ["flood_depth_estimator": estimator]
        )
    }
}

extension EarlierRuns {
    /// One run that was complete, and began with nothing known.
    static func example(_ started: Date, _ suffixes: [String]) -> EarlierRuns {
        var run = RunRecord(started: started, ended: started, exit: 0, isComplete: true, isFull: true, query: "")
        run.suffixes = Dictionary(suffixes.map { ($0, started) }) { first, _ in first }
        return EarlierRuns(complete: run, CollectionOfOne(run))
    }
}

extension ArchiveIndex {
    /// An index of regular files at `paths`, without a disk.
    convenience init(files paths: [String], obstacles: [(String, FileKind)] = [], suffixes: [SuffixTemplate]) {
        let wanted = WantedSuffixes(suffixes)
        var contents = Contents(
            suffixes: ByteStrings(),
            directories: ByteStrings(),
            files: StemTable(),
            obstacles: [:]
        )
        for (path, kind) in paths.map({ ($0, FileKind.regular) }) + obstacles {
            let parts = path.split(separator: "/")
            let directory = contents.directories.intern(parts.dropLast().joined(separator: "/"))
            Array((parts.last ?? "").utf8).withUnsafeBytes { name in
                guard let split = wanted.split(name) else { return }
                let stem = UnsafeRawBufferPointer(rebasing: name[..<split.stemLength])
                let suffix = contents.suffixes.intern(UnsafeRawBufferPointer(rebasing: name[split.stemLength...]))
                let hash = ByteStrings.hash(stem)
                if kind == .regular {
                    contents.files.insert(stem, hash: hash, suffix: suffix, directory: directory)
                } else {
                    contents.obstacles[kind, default: StemTable()]
                        .insert(stem, hash: hash, suffix: suffix, directory: directory)
                }
            }
        }
        self.init(wanted: wanted, contents: contents, summary: Summary())
    }
}

extension Plan {
    /// Plans `jobs` in the order given.
    static func of(
        _ jobs: [Job],
        policy: PlanPolicy,
        present: [String] = [],
        obstacles: [(String, FileKind)] = [],
        memory: (any AbsenceMemory)? = nil,
        keeping: Planner.Keeping = .all
    ) -> Plan {
        let index = ArchiveIndex(files: present, obstacles: obstacles, suffixes: policy.suffixes)
        var planner = Planner(policy: policy, index: index, memory: memory, keeping: keeping)
        for job in jobs { planner.add(job) }
        return planner.finish()
    }

    var rows: [PlannedProduct] { Array(self.products()) }
}
