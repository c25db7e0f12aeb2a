import FoundationEssentials

/// The reports of a command as a Prometheus textfile (exposition format 0.0.4), for node_exporter's textfile collector.
///
/// A run replaces what it learned and leaves the rest of the file as it is: one that was held off by another run, or that
/// HyP3 gave no jobs, says so and does not turn yesterday's numbers into zeros. Which run the numbers are of is told by
/// the times beside them.
package enum RunMetrics {
    /// When a run has something to say about a series.
    private enum Source: Sendable {
        /// Always.
        case run
        /// Once it knew jobs and archive.
        case plan
        /// When it ended with success.
        case success
    }

    private struct Family: Sendable {
        let name: String
        let help: String
        let source: Source
        let samples: @Sendable (RunReport) -> [(labels: [(String, String)], value: String)]
    }

    /// - Parameters:
    ///   - reports: one a project; no two of the same project, host and directory.
    ///   - archives: what those archives hold now, as far as it was asked for.
    ///   - before: what the file held; whatever in it is not of this form is left out.
    package static func text(
        _ reports: [RunReport],
        archives: [ArchiveReport] = [],
        over before: String = ""
    ) -> String {
        let old = before.unicodeScalars.split(separator: "\n").compactMap { MetricSample($0) }
        let mine = reports.map { (report: $0, owner: MetricSample.Owner($0)) }
        var text = ""
        for family in Self.families {
            let name = "hyp3_mirror_\(family.name)"
            var samples = old.filter { $0.name == name }
            for (report, owner) in mine where Self.knows(report, family.source) {
                samples.removeAll { $0.owner == owner }
                samples += family.samples(report).map { MetricSample(name, owner, $0.labels, $0.value) }
            }
            text += Self.text(name, family.help, samples)
        }
        let known = archives.map { (archive: $0, owner: MetricSample.Owner($0)) }
        for family in Self.archiveFamilies {
            let name = "hyp3_mirror_\(family.name)"
            var samples = old.filter { $0.name == name }
            for (archive, owner) in known {
                samples.removeAll { $0.owner == owner }
                samples += family.samples(archive).map { MetricSample(name, owner, $0.labels, $0.value) }
            }
            text += Self.text(name, family.help, samples)
        }
        return text
    }

    private static func text(_ name: String, _ help: String, _ samples: [MetricSample]) -> String {
        guard !samples.isEmpty else { return "" }
        return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + samples.map { "\($0.line)\n" }.joined()
    }

    private static func knows(_ report: RunReport, _ source: Source) -> Bool {
        switch source {
        case .run: true
        case .plan: report.isPlanned
        case .success: report.exitCode == .ok
        }
    }

    private static let families: [Family] = [
        single(.run, "last_run_timestamp_seconds", "When the last run ended, in Unix time.") { Self.seconds($0.ended) },
        single(.run, "last_run_duration_seconds", "How long the last run took.") {
            "\($0.duration.components.seconds)"
        },
        single(.run, "last_run_exit_code", "Exit status of the last run; 0 is success.") { "\($0.exitCode.rawValue)" },
        single(.run, "requests", "Requests of the last run to API, login and product hosts.") { "\($0.requests)" },
        single(.run, "warnings", "Warnings of the last run.") { "\($0.warnings.count)" },
        Family(
            name: "token_expiry_timestamp_seconds",
            help: "When the Earthdata token of the last run ends, by its own word, in Unix time.",
            source: .run
        ) { report in report.tokenEnd.map { [([], Self.seconds(max($0, Date(timeIntervalSince1970: 0))))] } ?? [] },
        single(.success, "last_success_timestamp_seconds", "When the last run ended that had success, in Unix time.") {
            Self.seconds($0.ended)
        },
        single(
            .plan,
            "last_plan_timestamp_seconds",
            "When the run ended that the numbers of jobs, products and bytes are of, in Unix time."
        ) { Self.seconds($0.ended) },
        single(.plan, "jobs", "Jobs that HyP3 listed.") { "\($0.jobs)" },
        counts("products", "state", "Wanted products when the run began, by state.") { report in
            ProductState.allCases.map { ($0.rawValue, report.count($0)) }
        },
        counts("outcomes", "outcome", "Products the run tried, by outcome.") { report in
            ProductOutcome.allCases.map { ($0.rawValue, report.count($0)) }
        },
        counts("proofs", "proof", "Products archived by the run, by the check that proved them.") { report in
            report.proofs.sorted { $0.key < $1.key }
        },
        single(.plan, "newly_lost_products", "Products the run found lost.") { "\($0.newlyLost)" },
        single(.plan, "newly_missing_products", "Products the run found gone from the archive.") {
            "\($0.newlyMissing)"
        },
        single(.plan, "unproven_files", "Files in the archive that no record proves.") { "\($0.unproven)" },
        single(.plan, "broken_files", "Files in the archive that are not what was archived.") { "\($0.broken)" },
        single(.plan, "left_products", "Products to be fetched that the run did not get to.") { "\($0.left)" },
        single(.plan, "expiring_products", "Products deleted upstream within a day that the run could not archive.") {
            "\($0.expiring)"
        },
        single(.plan, "hooks_failed", "Times the run's on_archived failed.") { "\($0.hooksFailed)" },
        single(.plan, "hooks_waiting", "Products or jobs that on_archived is still to get.") { "\($0.hooksWaiting)" },
        single(.plan, "archived_bytes", "Bytes of the products the run archived.") { "\($0.bytesArchived)" },
        single(.plan, "fetched_bytes", "Bytes of products that came over the network.") { "\($0.bytesFetched)" },
        single(.plan, "resumed_bytes", "Bytes that an interrupted attempt had fetched before.") {
            "\($0.bytesResumed)"
        },
    ]

    private static func single(
        _ source: Source,
        _ name: String,
        _ help: String,
        _ value: @escaping @Sendable (RunReport) -> String
    ) -> Family {
        Family(name: name, help: help, source: source) { [([], value($0))] }
    }

    private static func counts(
        _ name: String,
        _ label: String,
        _ help: String,
        _ all: @escaping @Sendable (RunReport) -> [(String, Int)]
    ) -> Family {
        Family(name: name, help: help, source: .plan) { all($0).map { ([(label, $0)], "\($1)") } }
    }

    private static func seconds(_ date: Date) -> String { "\(Int64(date.timeIntervalSince1970))" }
}
