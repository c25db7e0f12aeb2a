import Foundation

/// How Earthdata Login treats those who come.
package enum LoginBehaviour: Sendable, Equatable {
    /// Right credentials are let in, others get 401.
    case normal
    /// The account has not agreed to the application: redirected with `error_msg` and `resolution_url`.
    case endUserLicense
    /// The account's profile is out of date: redirected with `error_msg` only.
    case staleProfile
    /// Everybody is refused with 401.
    case refusing
    /// The service is down with that status and an HTML page.
    case outage(status: Int)
    /// The service answers 200 with an HTML page and no redirect.
    case htmlPage
}

/// Earthdata Login and the application's `/login`, down to the `asf-urs` cookie.
struct LoginFlow: Sendable {
    let accounts: Accounts
    let behaviour: Box<LoginBehaviour>
    /// Seconds a cookie is good for.
    let cookieLifetime: Box<Int>
    /// `Domain` of the cookie; nil leaves it to the host that set it.
    let cookieDomain: String?

    /// `GET /oauth/authorize` of the login host.
    func authorize(_ request: HTTPRequest) -> HTTPResponse {
        switch behaviour.value {
        case .outage(let status): return html(status, "Error", "\(status) Earthdata Login is down", "Try again later.")
        case .htmlPage: return html(200, "OK", "Earthdata Login", "Earthdata Login is undergoing maintenance.")
        case .refusing: return denied()
        case .normal, .endUserLicense, .staleProfile: break
        }
        guard let (username, password) = basicCredentials(request),
            accounts.accepts(username: username, password: password)
        else { return denied() }
        guard let target = request.query.first(where: { $0.name == "redirect_uri" })?.value, !target.isEmpty else {
            return html(400, "Bad Request", "400 Bad Request", "The redirect_uri is missing.")
        }
        switch behaviour.value {
        case .endUserLicense:
            return redirect(
                "\(target)?error=access_denied&error_msg=Please+accept+the+End+User+License+Agreement"
                    + "&resolution_url=https%3A%2F%2Furs.earthdata.nasa.gov%2Faccept_eula%3Feula_id%3Dx"
            )
        case .staleProfile:
            return redirect("\(target)?error=access_denied&error_msg=Please+update+your+profile")
        default:
            return redirect("\(target)?code=\(accounts.makeCode(user: username))")
        }
    }

    /// `GET /login` of the application.
    func login(_ request: HTTPRequest) -> HTTPResponse {
        let query = request.query
        if query.contains(where: { $0.name == "error_msg" }) {
            return html(401, "Unauthorized", "401 Unauthorized", "Earthdata Login did not let you in.")
        }
        guard let code = query.first(where: { $0.name == "code" })?.value, let user = accounts.redeem(code) else {
            return html(400, "Bad Request", "400 Bad Request", "The code is missing or was used before.")
        }
        var response = redirect("/?from_login=1")
        let domain = cookieDomain.map { "; Domain=\($0)" } ?? ""
        let value = accounts.cookie(user: user, lifetime: cookieLifetime.value)
        response.set("Set-Cookie", "asf-urs=\(value); Path=/\(domain); Secure; HttpOnly")
        return response
    }

    private func redirect(_ location: String) -> HTTPResponse {
        HTTPResponse(302, headers: [("Content-Type", "text/html; charset=utf-8"), ("Location", location)])
    }

    private func denied() -> HTTPResponse {
        HTTPResponse(
            401,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"),
                ("WWW-Authenticate", "Basic realm=\"Please enter your Earthdata Login credentials.\""),
            ],
            body: Content("HTTP Basic: Access denied.\n")
        )
    }

    private func basicCredentials(_ request: HTTPRequest) -> (String, String)? {
        guard let header = request["Authorization"], header.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: String(header.dropFirst(6)))
        else { return nil }
        let parts = String(decoding: data, as: UTF8.self)
            .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
}
