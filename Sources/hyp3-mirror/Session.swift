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

    /// A project's turn in a call, or what there is to say in its place.
    struct Turn {
        let session: Session
        /// Why it cannot begin; nil where it can.
        let failure: (status: RunStatus, sentence: String)?
    }

    /// The projects of a call, in its order: a configuration may be of several. What cannot be one, or found out, holds up no
    /// other.
    ///
    /// - Parameter find: finds the projects of one configuration.
    static func turns(
        _ sessions: [Session],
        find: (SeveralProjects) async -> Result<[SeveralProjects.Found], any Error>
    ) async -> [Turn] {
        var turns: [Turn] = []
        for session in sessions {
            guard session.settings.names != nil else {
                turns.append(Turn(session: session, failure: nil))
                continue
            }
            switch await find(session.projects) {
            case .failure(let error):
                turns.append(Turn(session: session, failure: (RunStatus(error), sentence(of: error))))
            case .success(let found):
                for project in found {
                    let one = Session(path: session.path, settings: project.settings, service: session.service)
                    let failure = project.refusal.map { (RunStatus.configuration, "\(session.path): \($0)") }
                    turns.append(Turn(session: one, failure: failure))
                }
            }
        }
        return Self.withoutClashes(turns)
    }

    /// Of two that would keep one project in one directory, the first does: one of them came of a pattern.
    private static func withoutClashes(_ turns: [Turn]) -> [Turn] {
        var seen: [String: Session] = [:]
        return turns.map { turn in
            guard turn.failure == nil else { return turn }
            let session = turn.session
            guard let other = seen.updateValue(session, forKey: ProjectIdentity.key(session.settings)) else {
                return turn
            }
            seen[ProjectIdentity.key(session.settings)] = other
            let both = [other, session].map { (path: $0.path, settings: $0.settings) }
            guard let clash = ProjectIdentity.clashes(both).first else { return turn }
            return Turn(session: session, failure: (RunStatus(clash), "\(clash)"))
        }
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

    var projects: SeveralProjects { SeveralProjects(self.settings, self.service, logger: self.logger) }
    var sync: Sync { Sync(self.settings, self.archive, self.service) }
    var preview: Preview { Preview(self.settings, self.archive, self.service) }
    var verify: Verify { Verify(self.settings, self.archive, self.service) }
    var reporting: Reporting { Reporting(self.settings, self.archive, self.service) }
    var doctor: Doctor { Doctor(self.settings, self.archive, self.service) }
    var accountJobs: AccountJobs { AccountJobs(self.settings, self.service, logger: self.logger) }
    private var archive: Archive { Archive(self.settings, logger: self.logger) }
}
