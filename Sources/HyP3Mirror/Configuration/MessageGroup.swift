/// The lines on standard error.
package enum MessageGroup: SettingGroup {
    package static let title = "Messages"

    package static let settings: [Setting] = [
        .choice(
            "log-format",
            "format",
            \.logFormat,
            default: "text",
            help: "Lines on standard error: text or json."
        ),
        .choice(
            "log-level",
            "level",
            \.logLevel,
            default: "info",
            help: "Least level of those lines: trace, debug, info, notice, warning, error."
        ),
        .flag(
            "quiet",
            \.isQuiet,
            help: "Only what somebody should act on: warnings, errors, and the summary of a run that is not well."
        ),
    ]
}
