import Foundation
import Testing

@testable import HyP3Mirror

@Suite struct RunMetricsTests {
    private static let ended = Date(timeIntervalSince1970: 1_722_513_600)

    private static func report(
        _ project: String,
        host: String = "https://h",
        directory: String = "/a",
        _ status: RunStatus = .ok,
        planned: Bool = true,
        after seconds: Double = 0,
        _ change: (inout RunReport) -> Void = { _ in }
    ) -> RunReport {
        var report = RunReport(project: project, host: host, directory: directory, started: Self.ended)
        report.ended = Self.ended.addingTimeInterval(seconds)
        report.exitCode = status
        report.isPlanned = planned
        change(&report)
        return report
    }

    private static func lines(_ text: String) -> Set<Substring> { Set(text.split(separator: "\n")) }

    /// The form that promtool accepts: HELP and TYPE once a family, before its samples, which stand together.
    private static func expectForm(_ text: String, _ where: SourceLocation = #_sourceLocation) {
        #expect(text.last == "\n", sourceLocation: `where`)
        var families: [Substring] = []
        let label = #"[a-z]+="([^"\\\n]|\\["\\n])*""#
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# HELP ") { continue }
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                #expect(
                    words.count == 4 && words[3] == "gauge" && !families.contains(words[2]),
                    sourceLocation: `where`
                )
                families.append(words[2])
                continue
            }
            let form = "^hyp3_mirror_[a-z_]+\\{\(label)(,\(label))*\\} [0-9]+$"
            #expect(line.range(of: form, options: .regularExpression) != nil, "\(line)", sourceLocation: `where`)
            #expect(line.prefix { $0 != "{" } == families.last, "\(line)", sourceLocation: `where`)
        }
        let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            line.lastIndex(of: " ").map { line[..<$0] }
        }
        #expect(Set(samples).count == samples.count, "a series is there twice", sourceLocation: `where`)
    }

    @Test func `metrics have one family a number and one sample a project`() {
        let first = Self.report("a \"b\"\\\nc", directory: "/a/é 'x' {}", .incomplete) {
            $0.products = ["fetch": 7, "present": 1]
            $0.outcomes = ["damaged": 1]
            $0.proofs = ["multipart-etag": 1]
            $0.bytesArchived = 345_601_000
        }
        let text = RunMetrics.text([first, Self.report("rtc", after: 60)])
        Self.expectForm(text)
        let owner = #"project="a \"b\"\\\nc",host="https://h",directory="/a/é 'x' {}""#
        for line in [
            "hyp3_mirror_last_run_exit_code{\(owner)} 1", "hyp3_mirror_products{\(owner),state=\"fetch\"} 7",
            "hyp3_mirror_outcomes{\(owner),outcome=\"damaged\"} 1",
            "hyp3_mirror_proofs{\(owner),proof=\"multipart-etag\"} 1",
            "hyp3_mirror_archived_bytes{\(owner)} 345601000",
            #"hyp3_mirror_last_run_exit_code{project="rtc",host="https://h",directory="/a"} 0"#,
            #"hyp3_mirror_last_run_timestamp_seconds{project="rtc",host="https://h",directory="/a"} 1722513660"#,
            #"hyp3_mirror_products{project="rtc",host="https://h",directory="/a",state="lost"} 0"#,
        ] {
            #expect(Self.lines(text).contains(Substring(line)), "\(line)")
        }
    }

    @Test func `two hosts and two directories of one name are series of their own`() {
        let text = RunMetrics.text([
            Self.report("p", host: "https://one", .storage), Self.report("p", host: "https://two"),
            Self.report("p", host: "https://two", directory: "/c/./../b/", .incomplete),
        ])
        Self.expectForm(text)
        #expect(text.contains(#"last_run_exit_code{project="p",host="https://one",directory="/a"} 74"#))
        #expect(text.contains(#"last_run_exit_code{project="p",host="https://two",directory="/a"} 0"#))
        #expect(text.contains(#"last_run_exit_code{project="p",host="https://two",directory="/b"} 1"#))
    }

    @Test(arguments: [RunStatus.again, .unavailable, .credentials, .storage, .terminated])
    func `a run that learned nothing replaces only what it knows`(status: RunStatus) {
        let first = Self.report("p") {
            $0.jobs = 12
            $0.products = ["present": 40]
            $0.outcomes = ["archived": 3]
            $0.proofs = ["md5": 3]
            $0.left = 2
            $0.bytesArchived = 99
        }
        let before = RunMetrics.text([first])
        let text = RunMetrics.text([Self.report("p", status, planned: false, after: 600)], over: before)
        Self.expectForm(text)
        let owner = #"project="p",host="https://h",directory="/a""#
        let (old, new) = (Self.lines(before), Self.lines(text))
        #expect(
            new.subtracting(old) == [
                "hyp3_mirror_last_run_exit_code{\(owner)} \(status.rawValue)",
                "hyp3_mirror_last_run_timestamp_seconds{\(owner)} 1722514200",
                "hyp3_mirror_last_run_duration_seconds{\(owner)} 600",
            ]
        )
        for line in [
            "jobs{\(owner)} 12", "last_success_timestamp_seconds{\(owner)} 1722513600",
            "last_plan_timestamp_seconds{\(owner)} 1722513600", "left_products{\(owner)} 2",
            "products{\(owner),state=\"present\"} 40", "proofs{\(owner),proof=\"md5\"} 3",
        ] {
            #expect(new.contains("hyp3_mirror_\(line)"), "\(line)")
        }
        // The next that learns something replaces all of it.
        let later = RunMetrics.text([Self.report("p", .incomplete, after: 700) { $0.jobs = 13 }], over: text)
        Self.expectForm(later)
        #expect(later.contains("jobs{\(owner)} 13\n") && !later.contains("proof=\"md5\""))
        #expect(later.contains("last_success_timestamp_seconds{\(owner)} 1722513600\n"))
    }

    @Test func `other projects of the file stay, and whatever is not of this form goes`() {
        let other = RunMetrics.text([Self.report("other {\n\"é\u{301}", .unavailable) { $0.jobs = 5 }])
        let before =
            other + """
                # HELP somebodys_metric of somebody
                somebodys_metric 1
                hyp3_mirror_jobs{project="p"} 4
                hyp3_mirror_jobs{project="p",host="https://h",directory="/a"} many
                hyp3_mirror_jobs{project="p",host="https://h",directory="/a} 7
                hyp3_mirror_jobs{project="\u{301}
                """
        let text = RunMetrics.text([Self.report("p") { $0.jobs = 6 }], over: before)
        Self.expectForm(text)
        #expect(
            !text.contains("somebody") && !text.contains(" many") && !text.contains(" 4\n") && !text.contains(" 7\n")
        )
        #expect(Self.lines(other).filter { !$0.hasPrefix("#") }.isSubset(of: Self.lines(text)))
    }
}
