import SystemPackage

/// What a run starts and tells besides archiving.
package enum HookGroup: SettingGroup {
    package static let title = "Hooks"

    package static let settings: [Setting] = [
        Self.command(
            "on-archived",
            \.onArchived,
            example: ["/usr/local/bin/on-archived", "--quick"],
            help: "Program, and its first arguments, that each archived product is handed to: its path as an argument, "
                + "JSON on standard input. One that fails is tried again by the next run."
        ),
        .choice(
            "on-archived-each",
            "what",
            \.onArchivedEach,
            default: "product",
            help: "What on_archived is started for: each product, or each job once nothing more of it is to come, with "
                + "the paths of its products: product or job."
        ),
        .value(
            "hook-timeout",
            "time",
            \.hookTimeout,
            default: "10m",
            help: "A program of on_archived or on_finish that takes longer is stopped.",
            read: { text throws(InvalidValue) in try DurationText.positive(text, example: "10m") }
        ),
        .value(
            "hooks-at-once",
            "n",
            \.hooksAtOnce,
            kind: .quantity,
            default: "2",
            help: "Programs of on_archived at once, 1 to 64.",
            read: { text throws(InvalidValue) in
                guard let count = Int(text), (1...64).contains(count) else {
                    throw InvalidValue("must be a number from 1 to 64")
                }
                return count
            }
        ),
        Self.command(
            "on-finish",
            \.onFinish,
            example: ["/usr/local/bin/on-finish"],
            help: "Program, and its arguments, that is started at the end of each run, with the run report as JSON on "
                + "standard input."
        ),
        Self.ping,
    ]

    /// A program and its arguments; the program's path is relative to the configuration's directory.
    private static func command(
        _ name: String,
        _ path: any Setting.Path<HookCommand?>,
        example: [String],
        help: String
    ) -> Setting {
        Setting(name, kind: .list, valueName: "program", help: help, reach: .file, example: example) {
            reading,
            settings throws(ConfigurationError) in
            guard let program = reading.given.texts.first else { return }
            if let wrong = reading.given.texts.first(where: { $0.utf8.contains(0) }) {
                throw reading.error(wrong, "must be words without a NUL")
            }
            guard !program.isEmpty, !program.hasPrefix("~") else {
                throw reading.error(
                    program,
                    "must be a program, as a path in full or a name, and its arguments, each a text of its own; "
                        + "no shell reads them"
                )
            }
            var file = program
            if program.contains("/"), !FilePath(program).isAbsolute {
                file = FilePath(reading.given.directory).appending(program).string
            }
            let arguments = Array(reading.given.texts.dropFirst())
            settings[keyPath: path] = HookCommand(program: file, arguments: arguments)
        }
    }

    /// Not on the command line, which every user of the machine can read.
    private static let ping = Setting(
        "ping-url",
        kind: .text,
        valueName: "url",
        help: "URL that is told of a run's begin (URL/start) and end (URL, or URL/fail), as healthchecks.io has it.",
        reach: .variable,
        example: ["https://hc-ping.com/00000000-0000-4000-8000-000000000000"]
    ) { reading, settings throws(ConfigurationError) in
        guard let text = reading.given.texts.last else { return }
        do throws(InvalidValue) {
            settings.pingURL = try PingURL(text)
        } catch {
            throw reading.error(PingURL.veiled(text), error.advice)
        }
    }
}
