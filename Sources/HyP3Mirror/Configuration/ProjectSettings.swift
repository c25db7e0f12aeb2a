package import FoundationEssentials
package import Logging

/// Everything a run needs to know about one project; resolved from flags, environment, configuration and defaults.
package struct ProjectSettings: Sendable {
    /// Both ends belong to the window (UTC, whole seconds); nil means open.
    package struct Window: Sendable, Hashable {
        package var start: Date?
        package var end: Date?

        package init(start: Date? = nil, end: Date? = nil) {
            self.start = start
            self.end = end
        }

        package func contains(_ date: Date) -> Bool {
            (self.start.map { $0 <= date } ?? true) && (self.end.map { date <= $0 } ?? true)
        }
    }

    /// How many transfers at once, over files and parts of large files.
    package enum Connections: Sendable, Hashable {
        case auto
        /// 1 to 256.
        case fixed(Int)
    }

    package enum Progress: String, Sendable, CaseIterable {
        case auto
        case always
        case never
    }

    /// What `on_archived` is started for.
    package enum HookUnit: String, Sendable, CaseIterable {
        case product
        case job
    }

    package enum LogFormat: String, Sendable, CaseIterable {
        case text
        case json
    }

    /// HyP3 job name, 1 to 100 characters; empty where `names` tells of several.
    package var name = ""
    /// The projects of a configuration that is not of one; nil for one. See `project(named:)`.
    package var names: NameSelection? = NameSelection()
    /// The HyP3 API.
    package var host = Origin(scheme: "https", host: "", port: 443)
    package var jobType: String?
    /// Whose jobs; nil means those of the logged-in user.
    package var userID: String?
    /// Window of request (submission) times, asked of HyP3.
    package var requested = Window()
    /// Window of acquisition times, read from product names.
    package var acquired = Window()
    package var suffixes: [SuffixTemplate] = []
    /// Whether the images that HyP3 shows of jobs are archived beside their products.
    package var takesQuicklooks = false
    /// The directory that holds projects.
    package var archiveDirectory = ""
    /// The project's place below it, `image-services/RTC_services`; empty for the archive directory itself.
    package var prefix = ""
    package var layout = Layout.flat
    /// Directories below the project's that hold no products of it.
    package var passedOver = PassedOver()
    package var connections = Connections.auto
    package var rate = RateLimit.unlimited
    package var maximumRuntime: Duration?
    /// Bytes that must stay free on the file system.
    package var minimumFree: Int64?
    /// Where lock files are kept instead of in the archive, for a share that does not lock reliably.
    package var lockDirectory: String?
    /// So long another run may go on before this one gives up.
    package var lockPatience = Duration.zero
    /// Whether the archive directory must show that its disk is there.
    package var requiresMount = false
    package var isIncremental = false
    /// So long after the last run that listed every job, an incremental one lists every job again.
    package var fullEvery = ProjectSettings.defaultFullEvery
    package var shard: Shard?
    /// Whether a project may have no jobs yet, or none with a wanted suffix or parameter: nothing is suspected then.
    package var mayBeEmpty = false
    package var requiresChecksum = false
    package var checksStructure = true
    /// PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    package var netrcFile: String?
    /// The whole authorize URL of Earthdata Login.
    package var loginURL = ProjectSettings.defaultLogin
    package var newFilesFile: String?
    package var reportFile: String?
    package var metricsFile: String?
    package var progress = Progress.auto
    package var logFormat = LogFormat.text
    package var logLevel = Logger.Level.info
    package var isQuiet = false

    package var onArchived: HookCommand?
    package var onArchivedEach = HookUnit.product
    package var onFinish: HookCommand?
    /// A program of a hook that takes longer is stopped.
    package var hookTimeout = Duration.seconds(600)
    /// 1 to 64.
    package var hooksAtOnce = 2
    package var pingURL: PingURL?

    package static let defaultFullEvery = Duration.seconds(7 * 86400)

    /// Absolute if the archive directory is.
    package var projectDirectory: String {
        self.prefix.isEmpty ? self.archiveDirectory : "\(self.archiveDirectory)/\(self.prefix)"
    }

    /// What names of files end in that are looked for in the archive.
    var indexedSuffixes: [SuffixTemplate] {
        guard self.takesQuicklooks else { return self.suffixes }
        let images = QuicklookName.endings.compactMap { try? SuffixTemplate($0) }
        return self.suffixes + images.filter { !self.suffixes.contains($0) }
    }

    /// Names of the job parameters that any suffix needs.
    package var templateParameters: Set<String> {
        self.suffixes.reduce(into: []) { $0.formUnion($1.parameters) }
    }

    /// Before any value is read: what no setting may leave out is empty.
    init() {}
}
