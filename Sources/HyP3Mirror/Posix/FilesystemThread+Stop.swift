/// As `onOwnThread(to:_:)`, for work that looks at a flag, which is raised when the task is cancelled.
func onStoppableThread<R: Sendable>(
    to work: String,
    _ body: @escaping @Sendable (StopFlag) throws -> R
) async throws -> R {
    let stop = StopFlag()
    return try await withTaskCancellationHandler {
        try await onOwnThread(to: work) { try body(stop) }
    } onCancel: {
        stop.raise()
    }
}
