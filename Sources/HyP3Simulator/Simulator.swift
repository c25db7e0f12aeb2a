import Foundation
import Synchronization

/// A HyP3, an Earthdata Login and a product bucket on loopback, over TLS with a certificate authority of their own.
package final class Simulator: Sendable {
    /// The URL of the interface, without a slash at its end.
    package let apiURL: String
    /// The whole authorize URL of the login.
    package let loginURL: String
    /// The URL of the product bucket, path style, without a slash at its end.
    package let bucketURL: String
    /// The PEM file of the certificate authority.
    package let caFile: String
    /// The TLS port.
    package let port: Int
    /// The port of plain HTTP.
    package let plainPort: Int
    /// Credentials that are let in.
    package let username: String
    package let password: String
    /// A bearer token that is good for 60 days.
    package let token: String
    /// Every request there was.
    package let requests: RequestLog
    /// The faults in force.
    package let faults: FaultScript
    /// The jobs and objects.
    package let catalogue: Catalogue

    private let accounts: Accounts
    private let service: Service
    private let server: HTTPServer
    private let temporaryDirectory: String?

    /// Starts it; `close()` ends it.
    package init(_ configuration: SimulatorConfiguration = SimulatorConfiguration()) throws {
        let directory = configuration.directory ?? NSTemporaryDirectory() + "hyp3-simulator-\(UUID().uuidString)"
        temporaryDirectory = configuration.directory == nil ? directory : nil
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        var isUp = false
        defer {
            if !isUp, configuration.directory == nil { try? FileManager.default.removeItem(atPath: directory) }
        }
        let hosts = [
            configuration.apiHost, configuration.loginHost, configuration.redirectHost ?? configuration.apiHost,
            "hyp3.localhost", "auth.localhost", "urs.localhost", "s3.localhost", Service.cdnHost, "elsewhere.localhost",
        ]
        let certificates = try Certificates(
            directory: directory,
            hosts: hosts + configuration.extraHosts,
            fault: configuration.certificateFault
        )
        caFile = certificates.authorityFile
        username = configuration.username
        password = configuration.password
        accounts = Accounts(
            username: configuration.username,
            password: configuration.password,
            seed: configuration.catalogue.seed,
            clock: configuration.clock
        )
        token = accounts.bearerToken(user: configuration.username, lifetime: 60 * 86_400)

        let stalls = StallGate()
        requests = try RequestLog(keeps: configuration.keepsRequests, file: configuration.requestLogFile)
        faults = FaultScript(configuration.faults, stalls: stalls)
        let jobs = JobStore()
        let objects = ObjectStore(
            productBucket: configuration.catalogue.bucket,
            payloads: RasterPayloads(),
            clock: configuration.clock
        )
        service = Service(
            configuration: configuration,
            jobs: jobs,
            objects: objects,
            accounts: accounts,
            faults: faults,
            log: requests
        )
        let tls = try TLSContext(certificateFile: certificates.certificateFile, keyFile: certificates.keyFile)
        server = try HTTPServer(port: configuration.port, tls: tls, stalls: stalls) { [service] request, connection in
            service.respond(to: request, connection: connection)
        }
        port = server.port
        plainPort = server.plainPort
        let origin = "https://\(configuration.apiHost):\(server.port)"
        apiURL = origin
        bucketURL = "\(origin)/\(configuration.catalogue.bucket)"
        let redirectHost = configuration.redirectHost ?? configuration.apiHost
        loginURL =
            "https://\(configuration.loginHost):\(server.port)/oauth/authorize?response_type=code"
            + "&client_id=BO_n7nTIlMljdvU6kRRB3g&redirect_uri=https://\(redirectHost):\(server.port)/login&app_type=401"
        service.hosts.set(
            RedirectHosts(
                tlsPort: server.port,
                plainPort: server.plainPort,
                loginHost: configuration.loginHost,
                otherHost: "elsewhere.localhost"
            )
        )
        catalogue = Catalogue(
            jobs: jobs,
            objects: objects,
            user: configuration.username,
            location: Self.location(configuration, port: server.port)
        )
        catalogue.generate(configuration)
        server.serve()
        isUp = true
    }

    /// Ends all connections and removes what it had put on disk.
    package func close() async {
        await server.close()
        if let temporaryDirectory { try? FileManager.default.removeItem(atPath: temporaryDirectory) }
    }

    /// A bearer token of the one account that lives that many seconds from now; a negative number has expired.
    package func token(lifetime: Int) -> String {
        accounts.bearerToken(user: username, lifetime: lifetime)
    }

    /// How Earthdata Login treats the next ones who come.
    package var loginBehaviour: LoginBehaviour {
        get { service.login.behaviour.value }
        set { service.login.behaviour.set(newValue) }
    }

    /// Makes every login so far count as expired: the next request with its cookie gets 401.
    package func expireLogins() {
        accounts.expireCookies()
    }

    /// Sets the clock of its answers (`Date`) so many seconds ahead of this machine's; negative is behind.
    package func setClock(ahead seconds: Int) {
        service.clockAhead.set(seconds)
    }

    /// Changes how many requests at once a bucket host serves; nil takes the limit away.
    package func limitConcurrency(_ limit: Int?) {
        service.concurrencyLimit.set(limit)
    }

    /// Changes the milliseconds a page of `/jobs` takes.
    package func setPageLatency(milliseconds: Int) {
        service.pageLatency.set(milliseconds)
    }

    private static func location(_ configuration: SimulatorConfiguration, port: Int) -> ProductLocation {
        let bucket = configuration.catalogue.bucket
        return switch configuration.productURLs {
        case .virtualHost: ProductLocation(base: "https://\(bucket).s3.localhost:\(port)/", bucket: bucket)
        case .path: ProductLocation(base: "https://\(configuration.apiHost):\(port)/\(bucket)/", bucket: bucket)
        case .cdn: ProductLocation(base: "https://\(Service.cdnHost):\(port)/", bucket: bucket)
        }
    }
}

/// Starts a simulator, gives it to `body`, and ends it on every way out.
package func withSimulator<Value>(
    _ configuration: SimulatorConfiguration = SimulatorConfiguration(),
    _ body: (Simulator) async throws -> Value
) async throws -> Value {
    let simulator = try Simulator(configuration)
    let result: Value
    do {
        result = try await body(simulator)
    } catch {
        await simulator.close()
        throw error
    }
    await simulator.close()
    return result
}
