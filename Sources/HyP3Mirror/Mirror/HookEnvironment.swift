/// What programs of hooks find in their environment: that of the run, without what is nobody else's.
enum HookEnvironment {
    /// Credentials, the secret of a ping, and what systemd gave to the run alone.
    private static let withheld: Set<String> = [
        "EARTHDATA_TOKEN", "EARTHDATA_PASSWORD", "EDL_PASSWORD", "HYP3_MIRROR_PING_URL", "CREDENTIALS_DIRECTORY",
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM",
    ]

    static func of(_ environment: [String: String]) -> [String: String] {
        environment.filter { !Self.withheld.contains($0.key) }
    }
}
