import Foundation
import Synchronization

/// Who may use the service, and the tokens it hands out: JSON web tokens signed with HMAC-SHA-256.
final class Accounts: Sendable {
    /// Why a token or cookie is refused, in HyP3's words.
    struct Refusal: Error {
        var reason: String
    }

    private struct State {
        var codes: [String: String] = [:]
        var nextCode: UInt64 = 0
        /// Tokens issued before the last revocation carry a lower generation and count as expired.
        var generation = 0
    }

    let username: String
    let password: String
    private let clock: @Sendable () -> CalendarTime
    private let secret: [UInt8]
    private let state = Mutex(State())

    init(username: String, password: String, seed: UInt64, clock: @escaping @Sendable () -> CalendarTime) {
        self.clock = clock
        self.username = username
        self.password = password
        secret = withUnsafeBytes(of: mix(seed, 0x5EC2)) { Array($0) }
    }

    /// Makes a token of Earthdata Login for `user`.
    func bearerToken(user: String, lifetime: Int) -> String {
        let now = clock().seconds
        return token(
            "{\"type\":\"User\",\"uid\":\(jsonString(user)),\"exp\":\(now + lifetime),\"iat\":\(now),"
                + "\"iss\":\"https://urs.earthdata.nasa.gov\",\"identity_provider\":\"edl_ops\",\"acr\":\"edl\","
                + "\"assurance_level\":3}"
        )
    }

    /// Makes the value of an `asf-urs` cookie for `user`.
    func cookie(user: String, lifetime: Int) -> String {
        let now = clock().seconds
        let generation = state.withLock { $0.generation }
        return token(
            "{\"urs-user-id\":\(jsonString(user)),\"urs-access-token\":\"simulated\",\"first_name\":\"Some\","
                + "\"last_name\":\"Scientist\",\"email\":\"scientist@example.invalid\",\"urs-groups\":[],"
                + "\"generation\":\(generation),\"iat\":\(now),\"exp\":\(now + lifetime)}"
        )
    }

    /// Makes every cookie handed out so far count as expired.
    func expireCookies() {
        state.withLock { $0.generation += 1 }
    }

    /// A one-time code for the redirect after a login.
    func makeCode(user: String) -> String {
        state.withLock { state in
            state.nextCode += 1
            let code = hexadecimal(
                hmacSHA256(key: secret, withUnsafeBytes(of: state.nextCode) { Array($0) }).prefix(16)
            )
            state.codes[code] = user
            return code
        }
    }

    /// The user of a code, once.
    func redeem(_ code: String) -> String? {
        state.withLock { $0.codes.removeValue(forKey: code) }
    }

    /// Whether these are the credentials of a user.
    func accepts(username: String, password: String) -> Bool {
        username == self.username && password == self.password
    }

    /// The user a request acts for, by its bearer token or, without one, its cookie.
    func user(of request: HTTPRequest) throws(Refusal) -> String {
        if let header = request["Authorization"], header.lowercased().hasPrefix("bearer") {
            return try user(
                String(header.dropFirst(6).drop { $0 == " " }).trimmingSuffix(" "),
                claim: "uid",
                what: "token"
            )
        }
        for part in (request["Cookie"] ?? "").split(separator: ";") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, pair[0] == "asf-urs" {
                return try user(String(pair[1]), claim: "urs-user-id", what: "cookie")
            }
        }
        throw Refusal(reason: "No authorization token provided")
    }

    private func user(_ token: String, claim: String, what: String) throws(Refusal) -> String {
        func refusal(_ why: String) -> Refusal { Refusal(reason: "Invalid authorization \(what) provided: \(why)") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw refusal("Not enough segments") }
        guard base64URL(hmacSHA256(key: secret, Array("\(parts[0]).\(parts[1])".utf8))) == parts[2] else {
            throw refusal("Signature verification failed")
        }
        guard let payload = base64URLDecoded(String(parts[1])),
            let claims = try? JSONSerialization.jsonObject(with: payload) as? [String: Any],
            let user = claims[claim] as? String, let expiry = claims["exp"] as? Int
        else { throw refusal("Invalid payload") }
        let isRevoked = (claims["generation"] as? Int).map { $0 < state.withLock { $0.generation } } ?? false
        guard expiry > clock().seconds, !isRevoked else { throw refusal("Signature has expired") }
        return user
    }

    private func token(_ payload: String) -> String {
        let signed = "\(base64URL(Array("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".utf8))).\(base64URL(Array(payload.utf8)))"
        return "\(signed).\(base64URL(hmacSHA256(key: secret, Array(signed.utf8))))"
    }
}

private func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

private func base64URLDecoded(_ text: String) -> Data? {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.count % 4) % 4))
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var result = self[...]
        while result.last == character { result = result.dropLast() }
        return String(result)
    }
}
