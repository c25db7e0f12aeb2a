import Foundation

/// HyP3's interface: `GET /jobs`, `GET /jobs/{id}` and the few other paths its clients touch.
struct JobsAPI: Sendable {
    let jobs: JobStore
    let accounts: Accounts
    /// Bytes the database reads for one page, before any filter.
    let pageLimit: Int

    func respond(to request: HTTPRequest) -> HTTPResponse {
        let path = String(request.path)
        switch path {
        case "/":
            return HTTPResponse(
                302,
                headers: [("Content-Type", "text/html; charset=utf-8"), ("Location", "/ui/")]
            )
        case "/ui/":
            return html(200, "OK", "HyP3 simulator", "The interface is at /jobs.")
        case "/costs":
            return json(200, "{\(knownJobTypes.map { "\"\($0)\": {\"cost\": 1}" }.joined(separator: ", "))}")
        case "/jobs", "/user":
            break
        default:
            guard path.hasPrefix("/jobs/"), path.utf8.count > 6, !path.dropFirst(6).contains("/") else {
                return problem(
                    404,
                    "The requested URL was not found on the server. If you entered the URL manually please check "
                        + "your spelling and try again."
                )
            }
        }
        if request.method == "OPTIONS" {
            return HTTPResponse(
                200,
                headers: [("Content-Type", "text/html; charset=utf-8"), ("Allow", "OPTIONS, GET, HEAD")]
            )
        }
        if request.method == "HEAD" { return problem(405, "Method Not Allowed") }
        guard request.method == "GET" else {
            var response = html(
                405,
                "METHOD NOT ALLOWED",
                "405 Method Not Allowed",
                "The method is not allowed for the requested URL."
            )
            response.set("Allow", "OPTIONS, GET, HEAD")
            return response
        }
        let user: String
        do throws(Accounts.Refusal) { user = try accounts.user(of: request) } catch {
            return problem(401, error.reason)
        }
        switch path {
        case "/jobs": return list(request, user: user)
        case "/user":
            return json(
                200,
                "{\"user_id\": \(jsonString(user)), \"remaining_credits\": 10000.0, "
                    + "\"application_status\": \"APPROVED\", \"job_names\": []}"
            )
        default: return one(percentDecoded(path.dropFirst(6)))
        }
    }

    private func one(_ id: String) -> HTTPResponse {
        guard UUID(uuidString: id) != nil else { return problem(400, invalid(id, "'\(id)' is not a 'uuid'")) }
        guard let job = jobs[id: id] else { return problem(404, "job_id does not exist: \(id)") }
        return HTTPResponse(200, headers: [("Content-Type", "application/json")], body: Content(job.json))
    }

    private func list(_ request: HTTPRequest, user: String) -> HTTPResponse {
        // Of a repeated parameter the last counts, at the place of the first.
        var parameters: [(name: String, value: String)] = []
        for (name, value) in request.query {
            if let index = parameters.firstIndex(where: { $0.name == name }) {
                parameters[index].value = value
            } else {
                parameters.append((name, value))
            }
        }
        func value(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
        let known = ["user_id", "status_code", "start", "end", "name", "job_type", "start_token"]
        for name in known where value(name) == "" {
            return problem(400, "Value of \(name) query parameter cannot be empty")
        }
        let statuses = JobStatus.allCases.map { $0.rawValue }
        if let status = value("status_code"), !statuses.contains(status) {
            return problem(400, notOneOf(status, statuses))
        }
        if let type = value("job_type"), !knownJobTypes.contains(type) {
            return problem(400, notOneOf(type, knownJobTypes))
        }
        if let name = value("name"), name.unicodeScalars.count > 100 {
            return problem(400, invalid(name, "'\(name)' is too long"))
        }
        var query = JobStore.Query(user: value("user_id") ?? user)
        for (name, path) in [("start", \JobStore.Query.start), ("end", \JobStore.Query.end)] {
            guard let text = value(name) else { continue }
            switch RequestDate(text) {
            case .instant(let time): query[keyPath: path] = time
            case .invalid: return problem(400, invalid(text, "'\(text)' is not a 'date-time'"))
            case .crashes: return internalError()
            }
        }
        if let token = value("start_token") {
            switch PageToken.decode(token) {
            case .invalid: return problem(400, "Invalid start_token value")
            case .crashes: return internalError()
            case .key(let id, let tokenUser, let time):
                if tokenUser == query.user { query.after = (id, time) }
            }
        }
        query.name = value("name")
        query.status = value("status_code")
        query.jobType = value("job_type")
        return page(query, parameters: parameters, host: request["X-Forwarded-Host"] ?? request.authority, request)
    }

    private func page(
        _ query: JobStore.Query,
        parameters: [(name: String, value: String)],
        host: String,
        _ request: HTTPRequest
    ) -> HTTPResponse {
        let page = jobs.page(query, limit: pageLimit)
        var body: [UInt8] = Array("{\"jobs\": [".utf8)
        body.reserveCapacity(page.jobs.reduce(1_000) { $0 + $1.json.count + 2 })
        for (index, job) in page.jobs.enumerated() {
            if index > 0 { body += Array(", ".utf8) }
            body += job.json
        }
        body += Array("]".utf8)
        if let last = page.lastRead {
            var parameters = parameters
            let token = PageToken.encode(last)
            if let index = parameters.firstIndex(where: { $0.name == "start_token" }) {
                parameters[index].value = token
            } else {
                parameters.append(("start_token", token))
            }
            let text = parameters.map { "\(formEncoded($0.name))=\(formEncoded($0.value))" }.joined(separator: "&")
            body += Array(", \"next\": \"\(request.isSecure ? "https" : "http")://\(host)/jobs?\(text)\"".utf8)
        }
        body += Array("}".utf8)
        return HTTPResponse(200, headers: [("Content-Type", "application/json")], body: Content(body))
    }
}

/// `start_token`: where the database goes on, as base64 of JSON.
enum PageToken {
    case key(id: String, user: String, requestTime: CalendarTime)
    case invalid
    case crashes

    static func encode(_ last: JobEntry) -> String {
        let text =
            "{\"job_id\": \"\(last.id)\", \"user_id\": \(jsonString(last.user)), "
            + "\"request_time\": \"\(last.requestTime.jobTime)\"}"
        return Data(text.utf8).base64EncodedString()
    }

    static func decode(_ token: String) -> PageToken {
        guard let data = Data(base64Encoded: token), !data.isEmpty,
            let value = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        else { return .invalid }
        guard let key = value as? [String: Any], let id = key["job_id"] as? String,
            let user = key["user_id"] as? String, let text = key["request_time"] as? String,
            case .instant(let time) = RequestDate(text)
        else { return .crashes }
        return .key(id: id, user: user, requestTime: time)
    }
}

/// An RFC 9457 problem as HyP3 words it.
func problem(_ status: Int, _ detail: String) -> HTTPResponse {
    let titles = [
        400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
        503: "Service Unavailable",
    ]
    let title = titles[status] ?? "Error"
    let text =
        "{\"status\": \(status), \"detail\": \(jsonString(detail)), \"title\": \"\(title)\", \"type\": \"about:blank\"}"
    return HTTPResponse(
        status,
        title.uppercased(),
        headers: [("Content-Type", "application/problem+json")],
        body: Content(text)
    )
}

/// A JSON answer.
func json(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(status, headers: [("Content-Type", "application/json")], body: Content(text))
}

/// The page HyP3's framework gives for an exception.
func internalError() -> HTTPResponse {
    html(
        500,
        "INTERNAL SERVER ERROR",
        "500 Internal Server Error",
        "The server encountered an internal error and was unable to complete your request. Either the server is "
            + "overloaded or there is an error in the application."
    )
}

/// A small HTML page.
func html(_ status: Int, _ reason: String, _ title: String, _ text: String) -> HTTPResponse {
    let heading = title.drop { $0.isNumber || $0 == " " }
    return HTTPResponse(
        status,
        reason,
        headers: [("Content-Type", "text/html; charset=utf-8")],
        body: Content(
            "<!doctype html>\n<html lang=en>\n<title>\(title)</title>\n<h1>\(heading)</h1>\n<p>\(text)</p>\n"
        )
    )
}

private func invalid(_ value: String, _ why: String) -> String {
    "Value \(value) not valid for schema of type string: (<ValidationError: \"\(why)\">,)"
}

private func notOneOf(_ value: String, _ allowed: [String]) -> String {
    invalid(value, "'\(value)' is not one of [\(allowed.map { "'\($0)'" }.joined(separator: ", "))]")
}

/// As `application/x-www-form-urlencoded` has it: a space is `+`.
private func formEncoded(_ text: String) -> String {
    percentEncoded(text, allowing: " ").replacing(" ", with: "+")
}
