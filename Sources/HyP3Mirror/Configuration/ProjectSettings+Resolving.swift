package import FoundationEssentials
import Logging
import SystemPackage

extension ProjectSettings {
    /// Merges the sources of one project (flags beat environment beat configuration beat defaults) and reads every
    /// value.
    ///
    /// - Parameters:
    ///   - accepting: the options that the command gives meaning to; any other one given is an error.
    ///   - now: what relative times are relative to.
    /// - Throws: `ConfigurationError` for the first value that cannot be used.
    package init(
        file: ConfigurationFile,
        flags: OptionValues,
        environment: OptionValues,
        accepting: Set<OptionName> = Set(OptionName.allCases),
        now: Date
    ) throws(ConfigurationError) {
        let reader = SettingReader(values: flags.over(environment).over(file.values), file: file.path)
        try reader.refuseOthers(than: accepting)
        let name = try reader.required(.name, key: "project_name", "must be the name of the HyP3 jobs to archive") {
            text throws(InvalidValue) in try Self.jobName(text)
        }
        let host = try reader.required(.host, key: "host", "must be a HyP3 API, as in \(Self.exampleHost)") {
            text throws(InvalidValue) in try Self.apiOrigin(text)
        }
        let directory = try reader.path(.archive)
        guard let directory else {
            throw ConfigurationError(
                place: .file(file.path),
                key: "archive.directory",
                value: nil,
                advice: "must say where products are kept, here or as --archive DIR"
            )
        }
        let loginURL = try reader.value(.loginURL) { text throws(InvalidValue) in try Self.confidentialURL(text) }
        self.init(
            name: name,
            host: host,
            suffixes: try reader.suffixes(),
            archiveDirectory: directory,
            prefix: try Self.prefix(file: file, name: name),
            loginURL: loginURL ?? Self.defaultLogin
        )
        try self.readSelection(reader, now: now)
        try self.readTransfer(reader)
        try self.readOutput(reader)
    }

    /// Earthdata Login's authorize page for the HyP3 API of ASF.
    package static let defaultLogin = HTTPURL(
        origin: Origin(scheme: "https", host: "urs.earthdata.nasa.gov", port: 443),
        path: "/oauth/authorize",
        query: "response_type=code&client_id=BO_n7nTIlMljdvU6kRRB3g"
            + "&redirect_uri=https://cumulus.asf.alaska.edu/login&app_type=401"
    )

    private static let exampleHost = "https://hyp3-watermap.asf.alaska.edu"

    private mutating func readSelection(_ reader: SettingReader, now: Date) throws(ConfigurationError) {
        self.jobType = try reader.value(.jobType) { text throws(InvalidValue) in
            guard !text.isEmpty, text.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "_") }) else {
                throw InvalidValue("must be a HyP3 job type, as in WATER_MAP")
            }
            return text
        }
        self.userID = try reader.value(.userID) { text throws(InvalidValue) in
            guard !text.isEmpty else { throw InvalidValue("must be an Earthdata Login user name") }
            return text
        }
        self.requested = try reader.window(.start, .end, now: now)
        self.acquired = try reader.window(.acquiredStart, .acquiredEnd, now: now)
        let passedOver = PassedOver(try reader.patterns(.ignore))
        self.passedOver = passedOver
        self.layout =
            try reader.value(.layout) { text throws(InvalidValue) in
                try Layout(text, passingOver: passedOver)
            } ?? .flat
        self.isIncremental = reader.flag(.incremental)
        self.mayBeEmpty = reader.flag(.allowEmpty)
        self.fullEvery =
            try reader.value(.fullEvery) { text throws(InvalidValue) in
                try DurationText.positive(text, example: "7d")
            } ?? Self.defaultFullEvery
        self.shard = try reader.value(.shard) { text throws(InvalidValue) in try Shard(text) }
    }

    private mutating func readTransfer(_ reader: SettingReader) throws(ConfigurationError) {
        self.connections =
            try reader.value(.connections) { text throws(InvalidValue) in
                if text.lowercased() == "auto" { return .auto }
                guard let count = Int(text), (1...256).contains(count) else {
                    throw InvalidValue("must be auto or a number from 1 to 256")
                }
                return .fixed(count)
            } ?? .auto
        self.rate = try reader.value(.limitRate) { text throws(InvalidValue) in try RateLimit(text) } ?? .unlimited
        self.maximumRuntime = try reader.value(.maxRuntime) { text throws(InvalidValue) in
            try DurationText.positive(text, example: "90m")
        }
        self.minimumFree = try reader.value(.minFree) { text throws(InvalidValue) in
            guard let bytes = ByteQuantity.bytes(text) else {
                throw InvalidValue("must be a number of bytes, as in 10G or 500MiB")
            }
            return bytes
        }
        self.lockDirectory = try reader.path(.lockDir)
        self.requiresChecksum = reader.flag(.requireChecksum)
        self.checksStructure = !reader.flag(.noStructureCheck)
        self.certificateAuthorities = try reader.path(.cacert)
        self.netrcFile = try reader.path(.netrcFile)
    }

    private mutating func readOutput(_ reader: SettingReader) throws(ConfigurationError) {
        self.newFilesFile = try reader.path(.newFiles)
        self.reportFile = try reader.path(.report)
        self.metricsFile = try reader.path(.metricsFile)
        self.progress = try reader.choice(.progress) ?? .auto
        self.logFormat = try reader.choice(.logFormat) ?? .text
        self.logLevel = try reader.choice(.logLevel) ?? .info
        self.isQuiet = reader.flag(.quiet)
    }

    private static func jobName(_ text: String) throws(InvalidValue) -> String {
        guard (1...100).contains(text.unicodeScalars.count) else {
            throw InvalidValue("must have 1 to 100 characters, as every name of HyP3 jobs")
        }
        return text
    }

    private static func apiOrigin(_ text: String) throws(InvalidValue) -> Origin {
        let url = try Self.confidentialURL(text)
        guard url.path == "/", url.query == nil else {
            throw InvalidValue("must be the host alone, as in \(url.origin)")
        }
        return url.origin
    }

    /// Credentials are sent to it, so it has TLS or stays on this machine.
    private static func confidentialURL(_ text: String) throws(InvalidValue) -> HTTPURL {
        let url = try HTTPURL(text)
        guard url.origin.isConfidential else {
            throw InvalidValue("must begin with https://; credentials go there, and http is for this machine only")
        }
        return url
    }

    private static func prefix(file: ConfigurationFile, name: String) throws(ConfigurationError) -> String {
        guard let given = file.prefix else {
            if let refusal = PathComponent.refusal(of: name) {
                throw ConfigurationError(
                    place: .file(file.path),
                    key: "transfer_spec.target_prefix",
                    value: nil,
                    advice: "must be given, because the project name \(ForeignText.quoted(name)) "
                        + "cannot be a directory: \(refusal)"
                )
            }
            return name
        }
        let path = given.hasSuffix("/") ? String(given.dropLast()) : given
        if path.isEmpty, given.isEmpty { return "" }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            if let refusal = PathComponent.refusal(of: component) {
                throw ConfigurationError(
                    place: .file(file.path),
                    key: "transfer_spec.target_prefix",
                    value: given,
                    advice: "must be a directory below the archive, as in image-services/RTC_services: \(refusal)"
                )
            }
        }
        return path
    }
}
