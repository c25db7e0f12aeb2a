import HyP3Mirror
import Logging

/// The operations on one project, as a call with that project alone has them.
struct OneProject {
    let settings: ProjectSettings
    let archive: Archive
    let session: ServiceSession

    init(
        _ settings: ProjectSettings,
        environment: [String: String],
        logger: Logger,
        patience: ServiceSession.Patience = .init(),
        pace: Pace = .real
    ) {
        self.settings = settings
        self.archive = Archive(settings, logger: logger)
        self.session = ServiceSession(environment: environment, patience: patience, pace: pace)
    }

    func sync(stop: RunStop, traffic: Traffic, onEvent: (RunEvent) -> Void) async -> Sync.Outcome {
        await Sync(self.settings, self.archive, self.session).run(stop: stop, traffic: traffic, onEvent: onEvent)
    }

    func plan(stop: RunStop = RunStop(), onEvent: (RunEvent) -> Void = { _ in }) async throws -> Plan {
        try await Preview(self.settings, self.archive, self.session).run(stop: stop, onEvent: onEvent)
    }
}
