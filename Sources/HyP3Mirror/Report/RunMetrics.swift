import FoundationEssentials

/// The reports of a command as a Prometheus textfile (exposition format 0.0.4), for node_exporter's textfile collector.
package enum RunMetrics {
    /// - Parameter reports: one a project, with different names.
    package static func text(_ reports: [RunReport]) -> String {
        var text = ""
        func family(
            _ name: String,
            _ help: String,
            _ samples: (RunReport) -> [(labels: [(String, String)], value: String)]
        ) {
            text += "# HELP hyp3_mirror_\(name) \(help)\n# TYPE hyp3_mirror_\(name) gauge\n"
            for report in reports {
                for (labels, value) in samples(report) {
                    let pairs = ([("project", report.project)] + labels).map { "\($0)=\"\(Self.escaped($1))\"" }
                    text += "hyp3_mirror_\(name){\(pairs.joined(separator: ","))} \(value)\n"
                }
            }
        }
        func single(_ name: String, _ help: String, _ value: (RunReport) -> String) {
            family(name, help) { [([], value($0))] }
        }
        func counts(_ name: String, _ label: String, _ help: String, _ all: (RunReport) -> [(String, Int)]) {
            family(name, help) { all($0).map { ([(label, $0)], "\($1)") } }
        }
        single("last_run_timestamp_seconds", "When the last run ended, in Unix time.") {
            "\(Int64($0.ended.timeIntervalSince1970))"
        }
        single("last_run_duration_seconds", "How long the last run took.") { "\($0.duration.components.seconds)" }
        single("last_run_exit_code", "Exit status of the last run; 0 is success.") { "\($0.exitCode.rawValue)" }
        single("jobs", "Jobs that HyP3 listed.") { "\($0.jobs)" }
        counts("products", "state", "Wanted products when the run began, by state.") { report in
            ProductState.allCases.map { ($0.rawValue, report.count($0)) }
        }
        counts("outcomes", "outcome", "Products the run tried, by outcome.") { report in
            ProductOutcome.allCases.map { ($0.rawValue, report.count($0)) }
        }
        counts("proofs", "proof", "Products archived by the run, by the check that proved them.") { report in
            report.proofs.sorted { $0.key < $1.key }
        }
        single("newly_lost_products", "Products the run found lost.") { "\($0.newlyLost)" }
        single("left_products", "Products to be fetched that the run did not get to.") { "\($0.left)" }
        single("archived_bytes", "Bytes of the products the run archived.") { "\($0.bytesArchived)" }
        single("fetched_bytes", "Bytes of products that came over the network.") { "\($0.bytesFetched)" }
        single("resumed_bytes", "Bytes that an interrupted attempt had fetched before.") { "\($0.bytesResumed)" }
        single("requests", "Requests to API, login and product hosts.") { "\($0.requests)" }
        single("warnings", "Warnings of the run.") { "\($0.warnings.count)" }
        return text
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
