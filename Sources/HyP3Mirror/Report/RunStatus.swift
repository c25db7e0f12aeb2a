/// What a command tells the shell as its exit status; the numbers are part of the contract with users' scripts (sysexits.h where it has a
/// word).
package enum RunStatus: Int32, Sendable, Hashable, Codable, CaseIterable {
    /// Every wanted product that exists is archived.
    case ok = 0
    /// Some products could not be had, or one was newly found lost; the next run tries again.
    case incomplete = 1
    /// Wrong use of the command line (EX_USAGE).
    case usage = 64
    /// `verify` found damage (EX_DATAERR).
    case damage = 65
    /// HyP3, the login service or the bucket is not available (EX_UNAVAILABLE).
    case unavailable = 69
    /// The archive's storage is full, read-only or broken (EX_IOERR).
    case storage = 74
    /// Stopped before the end, and worth a re-run as it is: locked, or out of time (EX_TEMPFAIL).
    case again = 75
    /// The login or the credentials were refused (EX_NOPERM).
    case credentials = 77
    /// The configuration cannot be used (EX_CONFIG).
    case configuration = 78
    /// SIGHUP.
    case hungUp = 129
    /// SIGINT.
    case interrupted = 130
    /// SIGTERM.
    case terminated = 143

    /// What it says, in one clause, for logs and reports.
    package var meaning: String {
        switch self {
        case .ok: "every wanted product that exists is archived"
        case .incomplete: "some products could not be had, or were newly found lost; the next run tries again"
        case .usage: "the command line cannot be used"
        case .damage: "the archive has damage"
        case .unavailable: "HyP3 or the bucket is unavailable"
        case .storage: "the archive cannot be read or written, or output could not be written"
        case .again: "another run is at work, or time is over; worth running again as it is"
        case .credentials: "login or credentials refused"
        case .configuration: "the configuration cannot be used"
        case .hungUp: "stopped by SIGHUP"
        case .interrupted: "stopped by SIGINT"
        case .terminated: "stopped by SIGTERM"
        }
    }

    /// That of a run which the signal stopped.
    package init(signal: Int32) { self = RunStatus(rawValue: 128 + signal) ?? .terminated }

    /// The one status of a command that worked on several projects: the gravest, as this order has it. What a person
    /// must act on comes before what the next run may find mended, and a stop asked for before everything.
    package static func merged(_ statuses: some Sequence<RunStatus>) -> RunStatus {
        let found = Set(statuses)
        return Self.byGravity.first { found.contains($0) } ?? .ok
    }

    private static let byGravity: [RunStatus] = [
        .interrupted, .terminated, .hungUp, .storage, .credentials, .configuration, .usage, .unavailable, .damage,
        .again,
        .incomplete, .ok,
    ]
}
