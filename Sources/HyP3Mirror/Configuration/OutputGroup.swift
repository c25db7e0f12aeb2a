/// What a run writes besides the archive.
package enum OutputGroup: SettingGroup {
    package static let title = "Output"

    package static let settings: [Setting] = [
        .path(
            "new-files",
            "file",
            \.newFilesFile,
            example: "new-files.txt",
            help: "Write the paths archived by this run there, one a line."
        ),
        .path(
            "report",
            "file",
            \.reportFile,
            example: "report.json",
            help: "Write the run report there, as JSON."
        ),
        .path(
            "metrics-file",
            "file",
            \.metricsFile,
            example: "hyp3-mirror.prom",
            help: "Write metrics there, as a Prometheus textfile."
        ),
        .choice(
            "progress",
            "when",
            \.progress,
            default: "auto",
            help: "Show progress on standard error, on a terminal live, else a line a minute: auto, always or never."
        ),
    ]
}
