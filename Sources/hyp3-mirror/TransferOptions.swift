import ArgumentParser
import HyP3Mirror

/// The options of commands that fetch.
struct TransferOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Transfers at once, 1 to 256, or auto.", valueName: "n"))
    var connections: String?

    @Option(help: ArgumentHelp("Bytes a second at most: 20M, or by local time 08:00,2M 18:00,off.", valueName: "rate"))
    var limitRate: String?

    @Option(
        help: ArgumentHelp("Stop after so long, e.g. 2h; what is under way is kept for resuming.", valueName: "time")
    )
    var maxRuntime: String?

    @Option(help: ArgumentHelp("Bytes to leave free on the archive's disk, e.g. 50G.", valueName: "size"))
    var minFree: String?

    @Option(
        help: ArgumentHelp("Keep locks there, not in the archive: for a share that locks badly.", valueName: "dir")
    )
    var lockDir: String?

    @Flag(help: "Archive a file even if it cannot be read as what its name says.")
    var noStructureCheck = false

    @Flag(help: "Refuse a product for which the service gives no usable digest.")
    var requireChecksum = false

    @Option(help: ArgumentHelp("Write the paths archived by this run there, one a line.", valueName: "file"))
    var newFiles: String?

    @Option(help: ArgumentHelp("Write the run report there, as JSON.", valueName: "file"))
    var report: String?

    @Option(help: ArgumentHelp("Write metrics there, as a Prometheus textfile.", valueName: "file"))
    var metricsFile: String?

    @Option(help: ArgumentHelp("Show progress on standard error: auto, always or never.", valueName: "when"))
    var progress: String?

    /// What was given, by option.
    var given: [OptionName: [String]] {
        var given: [OptionName: [String]] = [:]
        let texts: [(OptionName, String?)] = [
            (.connections, self.connections), (.limitRate, self.limitRate), (.maxRuntime, self.maxRuntime),
            (.minFree, self.minFree), (.newFiles, self.newFiles), (.report, self.report),
            (.metricsFile, self.metricsFile), (.progress, self.progress), (.lockDir, self.lockDir),
        ]
        for case (let name, let text?) in texts { given[name] = [text] }
        if self.noStructureCheck { given[.noStructureCheck] = ["true"] }
        if self.requireChecksum { given[.requireChecksum] = ["true"] }
        return given
    }

    /// The options this group has.
    static let names: Set<OptionName> = [
        .connections, .limitRate, .maxRuntime, .minFree, .noStructureCheck, .requireChecksum, .newFiles, .report,
        .metricsFile, .progress, .lockDir,
    ]
}
