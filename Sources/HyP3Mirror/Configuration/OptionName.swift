/// Every option of a run; the raw value is its name on the command line without dashes.
package enum OptionName: String, Sendable, Hashable, CaseIterable {
    case archive
    case layout
    case ignore
    case host
    case name
    case suffix
    case jobType = "job-type"
    case userID = "user-id"
    case start
    case end
    case acquiredStart = "acquired-start"
    case acquiredEnd = "acquired-end"
    case connections
    case limitRate = "limit-rate"
    case maxRuntime = "max-runtime"
    case minFree = "min-free"
    case lockDir = "lock-dir"
    case incremental
    case fullEvery = "full-every"
    case shard
    case allowEmpty = "allow-empty"
    case requireChecksum = "require-checksum"
    case noStructureCheck = "no-structure-check"
    case cacert
    case netrcFile = "netrc-file"
    case loginURL = "login-url"
    case newFiles = "new-files"
    case report
    case metricsFile = "metrics-file"
    case progress
    case logFormat = "log-format"
    case logLevel = "log-level"
    case quiet

    /// What a value may be in JSON.
    package enum Kind: Sendable {
        case text
        /// Text or a number.
        case quantity
        case flag
        /// One text or a list of them.
        case list
    }

    package var kind: Kind {
        switch self {
        case .incremental, .allowEmpty, .requireChecksum, .noStructureCheck, .quiet: .flag
        case .suffix, .ignore: .list
        case .connections, .limitRate, .minFree: .quantity
        default: .text
        }
    }

    /// `--limit-rate`
    package var flag: String { "--\(self.rawValue)" }

    /// `HYP3_MIRROR_LIMIT_RATE`
    package var variable: String { Self.variablePrefix + self.withUnderscores.uppercased() }

    /// Its key inside `archive`: `limit_rate`; the archive's own place is `directory` there.
    package var key: String { self == .archive ? "directory" : self.withUnderscores }

    package static let variablePrefix = "HYP3_MIRROR_"

    private var withUnderscores: String { String(self.rawValue.map { $0 == "-" ? "_" : $0 }) }
}
