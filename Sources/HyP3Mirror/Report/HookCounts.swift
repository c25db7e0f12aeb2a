/// What a run came to with `on_archived`.
package struct HookCounts: Sendable, Hashable {
    /// Programs that took what they were handed, and that failed at it.
    package var delivered = 0
    package var failed = 0
    /// Products, or jobs, that wait for the next run, those that failed included.
    package var waiting = 0
    /// What a person should know, one sentence each.
    package var warnings: [String] = []

    package init() {}
}
