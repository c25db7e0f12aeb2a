import FoundationEssentials
import HyP3Mirror
import Logging

/// What every command about projects begins with: settings from all their sources, and a logger.
struct Session {
    let settings: ProjectSettings
    let environment: [String: String]
    let logger: Logger

    /// - Throws: `ConfigurationError`.
    init(
        configuration path: String,
        given: [OptionName: [String]],
        accepting: Set<OptionName>
    ) throws(ConfigurationError) {
        let directory = FileManager.default.currentDirectoryPath
        self.environment = ProcessInfo.processInfo.environment
        let (values, unknown) = try OptionValues.environment(self.environment, directory: directory)
        self.settings = try ProjectSettings(
            file: try ConfigurationFile(path: path, workingDirectory: directory),
            flags: .commandLine(given, directory: directory),
            environment: values,
            accepting: accepting,
            now: .now
        )
        let level = self.settings.isQuiet ? max(self.settings.logLevel, .warning) : self.settings.logLevel
        let format = self.settings.logFormat
        self.logger = Logger(label: "hyp3-mirror") { _ in LineLogHandler(level: level, format: format) }
        for name in unknown { self.logger.warning("\(name) is set and means nothing to hyp3-mirror") }
    }
}
