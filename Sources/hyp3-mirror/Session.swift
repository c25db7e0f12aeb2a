import FoundationEssentials
import HyP3Mirror
import Logging

/// What every command about a project begins with: settings from all their sources, and a logger.
struct Session {
    /// The configuration, as given.
    let path: String
    let settings: ProjectSettings
    let logger: Logger
    /// Of the call.
    let service: ServiceSession

    /// Reads the configurations of a call, all of them before anything is done: a word that was not meant as one, or a
    /// mistake in the last of them, must not come to light after hours.
    ///
    /// - Parameters:
    ///   - given: what the command line had, by the name of the setting.
    ///   - patience: with services.
    /// - Throws: `ExitCode`, once every fault has been told.
    static func all(
        _ paths: [String],
        given: [String: [String]],
        patience: ServiceSession.Patience = ServiceSession.Patience()
    ) throws -> [Session] {
        let (directory, environment, now) = (
            FileManager.default.currentDirectoryPath, ProcessInfo.processInfo.environment, Date.now
        )
        var faults: [ConfigurationError] = []
        var sessions: [Session] = []
        let service = ServiceSession(environment: environment, patience: patience, sharesConnections: true)
        for path in paths {
            do throws(ConfigurationError) {
                let settings = try ProjectSettings(
                    file: try ConfigurationFile(path: path, workingDirectory: directory),
                    flags: .commandLine(given, directory: directory),
                    environment: try SettingValues.environment(environment, directory: directory).values,
                    now: now
                )
                sessions.append(Session(path: path, settings: settings, service: service))
            } catch {
                // A wrong flag is wrong in every project.
                if !faults.contains(where: { "\($0)" == "\(error)" }) { faults.append(error) }
            }
        }
        faults += ProjectIdentity.clashes(sessions.map { (path: $0.path, settings: $0.settings) })
        for fault in faults { StandardError.tell("\(fault)") }
        guard faults.isEmpty else { throw RunStatus.merged(faults.map { RunStatus($0) }).exit }
        let unknown = try? SettingValues.environment(environment, directory: directory).unknown
        for name in unknown ?? [] { sessions.first?.logger.warning("\(name) is set and means nothing to hyp3-mirror") }
        return sessions
    }

    /// Of no project: what the command line and the environment say of HyP3 and the login.
    ///
    /// - Returns: nil where they do not say which HyP3.
    /// - Throws: `ExitCode`, once the fault has been told.
    static func withoutConfiguration(given: [String: [String]]) throws -> Session? {
        let (directory, environment) = (FileManager.default.currentDirectoryPath, ProcessInfo.processInfo.environment)
        do throws(ConfigurationError) {
            let variables = try SettingValues.environment(environment, directory: directory).values
            let flags = SettingValues.commandLine(given, directory: directory)
            guard flags.over(variables)["host"] != nil else { return nil }
            let file = try ConfigurationFile(
                text: StarterConfiguration().text,
                path: InitCommand.defaultFile,
                workingDirectory: directory
            )
            let settings = try ProjectSettings(file: file, flags: flags, environment: variables, now: .now)
            let service = ServiceSession(environment: environment)
            return Session(path: file.path, settings: settings, service: service)
        } catch {
            StandardError.tell("\(error)")
            throw RunStatus(error).exit
        }
    }

    private init(path: String, settings: ProjectSettings, service: ServiceSession) {
        self.path = path
        self.service = service
        self.settings = settings
        let level = settings.isQuiet ? max(settings.logLevel, .warning) : settings.logLevel
        let format = settings.logFormat
        if format == .json { StandardError.expectJSON() }
        self.logger = Logger(label: "hyp3-mirror") { _ in LineLogHandler(level: level, format: format) }
    }

    var sync: Sync { Sync(self.settings, self.archive, self.service) }
    var preview: Preview { Preview(self.settings, self.archive, self.service) }
    var verify: Verify { Verify(self.settings, self.archive, self.service) }
    var reporting: Reporting { Reporting(self.settings, self.archive, self.service) }
    var doctor: Doctor { Doctor(self.settings, self.archive, self.service) }
    var accountJobs: AccountJobs { AccountJobs(self.settings, self.service, logger: self.logger) }
    private var archive: Archive { Archive(self.settings, logger: self.logger) }
}
