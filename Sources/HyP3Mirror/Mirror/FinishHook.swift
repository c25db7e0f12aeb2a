/// Starts the program of `on_finish` once a run has ended, with its report.
struct FinishHook: Sendable {
    private let command: HookCommand
    private let environment: [String: String]
    private let limit: Duration

    /// Nil without `on_finish`.
    ///
    /// - Parameter environment: of the run.
    init?(_ settings: ProjectSettings, environment: [String: String]) {
        guard let command = settings.onFinish else { return nil }
        self.command = command
        self.environment = HookEnvironment.of(environment)
        self.limit = settings.hookTimeout
    }

    /// - Parameter stop: says why, when the task is cancelled.
    /// - Returns: why it failed, as a sentence; nil where it did not.
    func run(_ report: RunReport, _ rows: RunRows) async -> String? {
        do {
            let result = try await onStoppableThread(to: "run on_finish") { stop in
                let child = ChildProcess(
                    path: try self.command.executable(self.environment),
                    arguments: self.command.arguments,
                    environment: self.environment
                )
                return try child.run(
                    { put in try RunReports.write([(report, rows)], isOne: true, put) },
                    limit: self.limit,
                    stop: stop
                )
            }
            return result.isSuccess ? nil : "on_finish failed: \(result.text)"
        } catch {
            return "on_finish failed: \(sentence(of: error))"
        }
    }
}
