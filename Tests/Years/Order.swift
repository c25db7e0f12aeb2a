import FoundationEssentials
import HyP3Mirror
import HyP3Simulator

/// One run that is to be done.
struct Order: Sendable, Codable {
    /// What cuts a run off.
    enum Cut: Sendable, Hashable, Codable {
        /// SIGTERM at the event of that number.
        case stop(event: Int)
        /// SIGKILL at the call of that number which changes a file system; the run is then a process of its own.
        case kill(call: Int)
    }

    var suffixes: [String]
    var isIncremental = false
    /// As `K/N`.
    var shard: String?
    /// The path under which the host knows the archive.
    var archive: String
    /// As `--min-free`.
    var minimumFree: String?
    var cut: Cut?
    /// Of the jitter of its retries.
    var seed: UInt64

    /// What the mirror gets as its configuration.
    func settings(_ address: ServiceAddress, now: Date) throws -> ProjectSettings {
        let list = self.suffixes.map { "\"\($0)\"" }.joined(separator: ", ")
        let text = """
            {"project_name": "\(World.project)", "host": "\(address.api)", "transfer_spec": {"extensions": [\(list)]},
            "archive": {"directory": "\(self.archive)", "cacert": "\(address.authority)",
            "login_url": "\(address.login)", "incremental": \(self.isIncremental)}}
            """
        // Named so that the run keeps what they would get; nobody writes them.
        var flags = ["report": ["\(self.archive)/report.json"], "new-files": ["\(self.archive)/new.txt"]]
        if let shard = self.shard { flags["shard"] = [shard] }
        if let minimumFree = self.minimumFree { flags["min-free"] = [minimumFree] }
        return try ProjectSettings(
            file: ConfigurationFile(text: text, path: "\(self.archive)/floods.json", workingDirectory: self.archive),
            flags: .commandLine(flags, directory: self.archive),
            environment: SettingValues(),
            now: now
        )
    }

    func wants(_ job: TrueJob, _ product: TrueProduct) -> Bool {
        self.suffixes.contains(product.template) && self.isAbout(job)
    }

    func isAbout(_ job: TrueJob) -> Bool {
        guard let shard = self.shard.flatMap({ try? Shard($0) }) else { return true }
        return shard.contains(jobID: job.id)
    }
}

/// Where a simulator is, and who may use it.
struct ServiceAddress: Sendable, Codable {
    let api: String
    let login: String
    /// The file of its certificate authority.
    let authority: String
    let username: String
    let password: String

    init(_ simulator: Simulator) {
        self.api = simulator.apiURL
        self.login = simulator.loginURL
        self.authority = simulator.caFile
        self.username = simulator.username
        self.password = simulator.password
    }
}
