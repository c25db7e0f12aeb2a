import Synchronization

/// Tells requests apart by host and path, and has faults and the log take part.
final class Service: Sendable {
    static let cdnHost = "cdn.localhost"

    private enum Part {
        case bucket(BucketService.Address)
        case authorize
        case login
        case loginHost
        case api
    }

    let login: LoginFlow
    let hosts = Box(RedirectHosts(tlsPort: 0, plainPort: 0, loginHost: "", otherHost: ""))
    let concurrencyLimit: Box<Int?>
    let pageLatency: Box<Int>
    /// Seconds that the clock of all its answers is ahead.
    let clockAhead = Box(0)
    private let configuration: SimulatorConfiguration
    private let api: JobsAPI
    private let bucket: BucketService
    private let objects: ObjectStore
    private let faults: FaultScript
    private let log: RequestLog
    private let started = monotonicSeconds()
    private let underWay = Mutex<[String: Int]>([:])
    private let count = Mutex(0)

    init(
        configuration: SimulatorConfiguration,
        jobs: JobStore,
        objects: ObjectStore,
        accounts: Accounts,
        faults: FaultScript,
        log: RequestLog
    ) {
        self.configuration = configuration
        self.objects = objects
        self.faults = faults
        self.log = log
        api = JobsAPI(jobs: jobs, accounts: accounts, pageLimit: configuration.pageLimit)
        bucket = BucketService(store: objects)
        login = LoginFlow(
            accounts: accounts,
            behaviour: Box(.normal),
            cookieLifetime: Box(configuration.cookieLifetime),
            cookieDomain: configuration.cookieDomain
        )
        concurrencyLimit = Box(configuration.concurrencyLimit)
        pageLatency = Box(configuration.pageLatency)
    }

    func respond(to request: HTTPRequest, connection: Int) -> Exchange {
        let part = part(request)
        let isBucket = if case .bucket = part { true } else { false }
        let host = request.host
        let concurrent = underWay.withLock { underWay in
            underWay[host, default: 0] += 1
            return underWay[host, default: 0]
        }
        let (target, subject) = subject(part, request)
        let effects = faults.effects(target, subject, request: request)
        let faulted = FaultedExchange(
            effects: effects,
            hosts: hosts.value,
            replaceObject: { [self] in replaceObject(part) },
            requestNumber: count.withLock { count in
                count += 1
                return count
            }
        )
        var response: HTTPResponse
        if isBucket, let limit = concurrencyLimit.value, concurrent > limit {
            response = FaultedExchange.standardError(503, isBucket: true)
        } else {
            response =
                faulted.answer(to: request, isBucket: isBucket) ?? answer(part, request, bending: faulted.bending)
            if isBucket { response.bytesPerSecond = configuration.bytesPerSecond }
            faulted.spoil(&response)
        }
        response.clockAhead += clockAhead.value + configuration.clock().seconds - currentTime().seconds
        if request.method == "HEAD" { response.sendsBody = false }
        let number = log.begin(logged(request, connection, response, effects))
        return Exchange(response: response) { [self] bodyBytes, isWhole in
            underWay.withLock { $0[host, default: 1] -= 1 }
            log.finish(number, bodyBytes: bodyBytes, isWhole: isWhole, at: monotonicSeconds() - started)
        }
    }

    private func part(_ request: HTTPRequest) -> Part {
        let path = request.path
        let host = request.host
        if path == "/oauth/authorize" { return .authorize }
        if host == configuration.loginHost { return .loginHost }
        if host.hasSuffix(".s3.localhost") {
            return .bucket(.init(bucket: String(host.dropLast(13)), key: percentDecoded(path.dropFirst())))
        }
        if host == Self.cdnHost || host == "elsewhere.localhost" {
            return .bucket(.init(bucket: objects.productBucket, key: percentDecoded(path.dropFirst())))
        }
        if path == "/login" { return .login }
        let first = path.dropFirst().prefix { $0 != "/" }
        let name = percentDecoded(first)
        if host == "s3.localhost" || objects.hasBucket(name) {
            return .bucket(.init(bucket: name, key: percentDecoded(path.dropFirst(first.count + 2))))
        }
        return .api
    }

    private func subject(_ part: Part, _ request: HTTPRequest) -> (Fault.Target, String) {
        switch part {
        case .bucket(let address): address.key.isEmpty ? (.listing, address.bucket) : (.object, address.key)
        case .authorize, .login, .loginHost: (.login, String(request.path))
        case .api: (.api, String(request.path))
        }
    }

    private func answer(_ part: Part, _ request: HTTPRequest, bending: BucketService.Bending) -> HTTPResponse {
        switch part {
        case .bucket(let address): return bucket.respond(to: request, at: address, bending: bending)
        case .authorize: return login.authorize(request)
        case .login: return login.login(request)
        case .loginHost: return html(200, "OK", "Earthdata Login", "Please log in.")
        case .api:
            var response = api.respond(to: request)
            if request.path == "/jobs" { response.delay = Double(pageLatency.value) / 1_000 }
            return response
        }
    }

    /// Puts another object of the same size in the place of the one a request is about.
    private func replaceObject(_ part: Part) {
        guard case .bucket(let address) = part,
            let version = objects.object(address.key, bucket: address.bucket)
        else { return }
        var object = version.object
        let size = object.content.count
        // All over it: parts of the one, put together with parts of the other, are neither.
        for place in 0...8 {
            object.content = object.content.flippingBit(at: place < 8 ? size / 8 * place : size - 1)
        }
        objects.put(address.key, object, bucket: address.bucket)
    }

    private func logged(
        _ request: HTTPRequest,
        _ connection: Int,
        _ response: HTTPResponse,
        _ effects: [Fault.Effect]
    ) -> LoggedRequest {
        LoggedRequest(
            number: 0,
            connection: connection,
            at: monotonicSeconds() - started,
            isSecure: request.isSecure,
            method: request.method,
            host: request.host,
            target: request.target,
            headers: Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" },
            status: response.status,
            faults: effects.map { "\($0)" }
        )
    }
}
