import Checksums
import CurlTransfer
import FoundationEssentials
import Logging

/// How the projects of one call speak with HyP3: they share logins and connections.
package struct ServiceSession: Sendable {
    /// Patience with a service, apart from what users set.
    package struct Patience: Sendable {
        package var retry = RetryPolicy()
        /// A transfer without a byte for so long is given up.
        package var stall = Duration.seconds(60)
        /// Waits before a product host that gives nothing is asked again; after the last it is left alone.
        package var rests = HostHealth.Patience().rests
        /// A run in which nothing moves for so long is ended.
        package var standstill = Duration.seconds(600)

        package init() {}
    }

    let environment: [String: String]
    let patience: Patience
    /// This machine's clock, and waiting.
    let pace: Pace
    private let logins = Logins()
    private let shared: SharedEngine?

    /// - Parameters:
    ///   - environment: of the process; holds credentials.
    ///   - sharesConnections: projects use those of the one before; wants a `close` at the end.
    package init(
        environment: [String: String],
        patience: Patience = Patience(),
        pace: Pace = .real,
        sharesConnections: Bool = false
    ) {
        self.environment = environment
        self.shared = sharesConnections ? SharedEngine() : nil
        self.patience = patience
        self.pace = pace
    }

    /// Ends the connections that projects share.
    package func close() async { await self.shared?.close() }

    /// Runs `body` with the line for one project, whose transfers have ended when this returns.
    ///
    /// - Throws: `ConfigurationError` where the file of certificates to trust is none, `ChecksumError` where this machine
    ///   forbids a digest, `TransferError`; what `body` throws.
    func withService<R>(_ settings: ProjectSettings, _ body: (Service) async throws -> R) async throws -> R {
        _ = try StreamDigest(.sha256)
        var options = TransferOptions()
        options.caFile = try TrustStore.file(settings.certificateAuthorities, environment: self.environment)
        options.stallTimeout = self.patience.stall
        let connections = FetchWidth(settings).connections
        options.keptConnections = min(options.keptConnections, max(connections, JobListing.defaultWindows))
        options.userAgent = "hyp3-mirror/\(Version.text)"
        func serve(_ engine: TransferEngine) async throws -> R {
            let retries = RunRetries()
            let listing = BucketListing(
                client: engine,
                policy: self.patience.retry,
                retries: retries,
                pace: self.pace
            )
            return try await body(
                Service(
                    engine: engine,
                    clock: ServiceClock(self.pace),
                    listing: listing,
                    retries: retries,
                    patience: self.patience,
                    pace: self.pace
                )
            )
        }
        guard let shared = self.shared else { return try await withTransferEngine(options, serve) }
        return try await shared.with(options, serve)
    }

    /// HyP3's API, with the login of the call.
    ///
    /// - Parameter onEvent: gets what the user should know of the credentials.
    /// - Throws: `LoginError` where there are none.
    func reader(
        _ settings: ProjectSettings,
        _ service: Service,
        logger: Logger,
        onEvent: (RunEvent) -> Void
    ) throws -> PageReader {
        let credentials = try Credentials.find(
            environment: self.environment,
            netrcFile: settings.netrcFile,
            loginHost: settings.loginURL.origin.host,
            now: self.pace.now()
        )
        if let end = credentials.tokenEnd { onEvent(.usesToken(end: end)) }
        for warning in credentials.warnings { onEvent(.warned(warning)) }
        let login = EarthdataLogin(
            client: service.engine,
            url: settings.loginURL,
            api: settings.host,
            pace: self.pace,
            clock: service.clock
        )
        return PageReader(
            origin: settings.host,
            client: service.engine,
            session: APISession(
                origin: settings.host,
                credentials: credentials,
                login: login,
                logins: self.logins,
                pace: self.pace
            ),
            clock: service.clock,
            retry: self.patience.retry,
            pace: self.pace,
            log: logger
        )
    }
}
