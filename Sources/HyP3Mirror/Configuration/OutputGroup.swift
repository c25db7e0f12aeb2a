/// What a run writes besides the archive.
package enum OutputGroup: SettingGroup {
    package static let title = "Output"

    package static let settings: [Setting] = [
        .path("new-files", "file", \.newFilesFile, help: "Write the paths archived by this run there, one a line."),
        .path("report", "file", \.reportFile, help: "Write the run report there, as JSON."),
        .path("metrics-file", "file", \.metricsFile, help: "Write metrics there, as a Prometheus textfile."),
        .choice(
            "progress",
            "when",
            \.progress,
            default: "auto",
            help: "Show progress on standard error: auto, always or never."
        ),
    ]
}
