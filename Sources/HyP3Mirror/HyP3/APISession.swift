package import CurlTransfer
import FoundationEssentials

/// What shows HyP3 who asks; for the API's own origin only.
package struct Authorization: Sendable {
    /// The only origin that may see it.
    package let origin: Origin
    /// Grows with every login of a session.
    fileprivate let generation: Int
    private let field: String
    private let value: Secret

    fileprivate init(origin: Origin, generation: Int, field: String, value: Secret) {
        self.origin = origin
        self.generation = generation
        self.field = field
        self.value = value
    }

    /// Header fields for a request to `url`: empty for any other origin than the API's.
    package func headers(for url: HTTPURL) -> HTTPHeaders {
        var headers: HTTPHeaders = [:]
        if url.origin == self.origin { headers.append(self.field, self.value.reveal()) }
        return headers
    }
}

/// One login a run, shared by all requests to the API, and renewed once where HyP3 stops taking it.
package actor APISession {
    private let origin: Origin
    private let credentials: Credentials
    private let login: EarthdataLogin
    private let pace: Pace
    private var current: Authorization?
    private var currentEnd: Date?
    private var generation = 0
    /// Whether HyP3 took `current` at least once.
    private var isProven = false
    private var hasRenewed = false
    /// The login under way.
    private var pending: (number: Int, task: Task<Void, Never>)?
    /// Those who wait for it.
    private var waiting: [UInt64: CheckedContinuation<Authorization, any Error>] = [:]
    private var waiters: UInt64 = 0
    private let logins: Logins

    /// - Parameter logins: those of the call, which other projects and earlier sessions may have made.
    package init(
        origin: Origin,
        credentials: Credentials,
        login: EarthdataLogin,
        logins: Logins = Logins(),
        pace: Pace
    ) {
        self.origin = origin
        self.credentials = credentials
        self.login = login
        self.logins = logins
        self.pace = pace
    }

    /// What to send; logs in if nobody has yet, or if the cookie is about to expire.
    ///
    /// - Throws: `LoginError`
    package func authorization() async throws -> Authorization {
        if let current, self.currentEnd.map({ $0.timeIntervalSince(self.pace.now()) > 60 }) ?? true { return current }
        return try await self.begin()
    }

    /// Notes that HyP3 took `authorization`.
    package func confirm(_ authorization: Authorization) {
        if authorization.generation == self.generation { self.isProven = true }
    }

    /// What to send instead of `rejected`, after a 401: what another request has brought meanwhile, or a new login.
    ///
    /// - Parameter detail: what HyP3 said.
    /// - Throws: `LoginError` `.rejected` where a new login is not possible or was not taken either, `.expiredToken` where
    ///   the token says itself that it is over.
    package func replacement(for rejected: Authorization, detail: String) async throws -> Authorization {
        if let current, current.generation > rejected.generation { return current }
        if case .token = self.credentials.kind {
            if let end = self.credentials.tokenEnd, end <= self.pace.now() {
                throw LoginError(
                    code: .expiredToken,
                    message: "the token in \(self.credentials.source) expired at \(CivilTime(end).text), and HyP3 at "
                        + "\(self.origin) does not accept it any more; make a new one at "
                        + "https://urs.earthdata.nasa.gov (Generate Token)"
                )
            }
            throw LoginError(
                code: .rejected,
                message: "HyP3 at \(self.origin) does not accept the token from \(self.credentials.source): \(detail); "
                    + "make a new one at https://urs.earthdata.nasa.gov (Generate Token)"
            )
        }
        guard self.isProven || !self.hasRenewed else {
            throw LoginError(
                code: .rejected,
                message: "HyP3 at \(self.origin) does not accept the login of the account from "
                    + "\(self.credentials.source): \(detail)"
            )
        }
        self.hasRenewed = true
        return try await self.begin()
    }

    private func begin() async throws -> Authorization {
        switch self.credentials.kind {
        case .token(let token): return self.take("Authorization", Secret("Bearer \(token.reveal())"), end: nil)
        case .password(let user, let password):
            let key = Logins.Key(api: self.origin, login: self.login.url, user: user, password: password)
            // What another session's login brought is as good until it is refused.
            if self.generation == 0, let cookie = self.logins.cookie(key) { return self.take(cookie) }
            return try await self.logIn(key)
        }
    }

    /// Joins the login under way, or starts one; requests side by side never log in twice. Who stops waiting ends nothing
    /// for the others; when nobody waits any more, the login is given up.
    private func logIn(_ key: Logins.Key) async throws -> Authorization {
        self.waiters += 1
        let number = self.waiters
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.waiting[number] = continuation
                if Task.isCancelled { return self.leave(number) }
                if self.pending == nil { self.start(key) }
            }
        } onCancel: {
            Task { await self.leave(number) }
        }
    }

    private func start(_ key: Logins.Key) {
        let number = Int(self.waiters)
        let (login, source) = (self.login, self.credentials.source)
        let task = Task {
            let result: Result<Secret, any Error>
            do {
                result = .success(try await login.cookie(user: key.user, password: key.password, source: source))
            } catch {
                result = .failure(error)
            }
            self.finish(number, result, key)
        }
        self.pending = (number, task)
    }

    private func finish(_ number: Int, _ result: Result<Secret, any Error>, _ key: Logins.Key) {
        // A login that was given up may end beside the next.
        guard self.pending?.number == number else { return }
        self.pending = nil
        let answer = result.map { cookie in
            self.logins.keep(cookie, key)
            return self.take(cookie)
        }
        for continuation in self.waiting.values { continuation.resume(with: answer) }
        self.waiting = [:]
    }

    private func leave(_ number: UInt64) {
        guard let continuation = self.waiting.removeValue(forKey: number) else { return }
        if self.waiting.isEmpty {
            self.pending?.task.cancel()
            self.pending = nil
        }
        continuation.resume(throwing: CancellationError())
    }

    private func take(_ cookie: Secret) -> Authorization {
        // A cookie that seems to end at once says that a clock is wrong, not that it must be renewed.
        let end = WebToken.expiration(of: cookie).flatMap { $0.timeIntervalSince(self.pace.now()) > 300 ? $0 : nil }
        return self.take("Cookie", Secret("\(EarthdataLogin.cookieName)=\(cookie.reveal())"), end: end)
    }

    private func take(_ field: String, _ value: Secret, end: Date?) -> Authorization {
        self.generation += 1
        let new = Authorization(origin: self.origin, generation: self.generation, field: field, value: value)
        (self.current, self.currentEnd, self.isProven) = (new, end, false)
        return new
    }
}
