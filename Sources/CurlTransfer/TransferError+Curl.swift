import CCurl

extension TransferError {
    /// The meaning of a libcurl result (libcurl-errors(3)). The message names host and cause, never query or header.
    ///
    /// - Parameter proxyAnswer: the status a proxy answered CONNECT with; 0 where none was asked.
    init(curl code: CURLcode, detail: String, url: String, proxyAnswer: Int = 0) {
        let host = Self.host(of: url)
        if let refusal = Self.refusal(of: Proxy.name(for: url), code, proxyAnswer, host: host) {
            self = refusal
            return
        }
        let said = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            self.init(code: .timeout, message: "\(host): timed out: \(said)")
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING:
            self.init(code: .shortBody, message: "\(host): the connection ended before the whole answer: \(said)")
        case CURLE_PEER_FAILED_VERIFICATION where said.contains("has expired") || said.contains("not yet valid"):
            self.init(code: .certificateTime, message: "\(host): its TLS certificate is not acceptable: \(said)")
        case CURLE_SSL_CACERT_BADFILE:
            self.init(code: .certificateStore, message: "\(host): no TLS certificates to trust: \(said)")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS:
            self.init(code: .tls, message: "\(host): its TLS certificate is not acceptable: \(said)")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR,
            CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY, CURLE_SSL_CONNECT_ERROR,
            CURLE_BAD_CONTENT_ENCODING, CURLE_READ_ERROR, CURLE_AGAIN, CURLE_SSL_SHUTDOWN_FAILED:
            self.init(code: .connection, message: "\(host): \(said)")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            self.init(code: .invalidRequest, message: "not a URL that can be fetched (\(host)): \(said)")
        case CURLE_WRITE_ERROR:
            self.init(code: .refused, message: "\(host): the body was not wanted")
        default:
            self.init(code: .internalError, message: "\(host): \(said) (libcurl result \(code.rawValue))")
        }
    }

    /// What a proxy stood in the way with; nil where none did.
    private static func refusal(of proxy: String?, _ code: CURLcode, _ answer: Int, host: String) -> TransferError? {
        guard let proxy else { return nil }
        switch (code, answer) {
        case (CURLE_COULDNT_RESOLVE_PROXY, _):
            // libcurl quotes a proxy it does not understand as a whole, with its password.
            return TransferError(code: .connection, message: "\(host): no proxy is found by the name \(proxy)")
        case (CURLE_PROXY, _):
            return TransferError(code: .proxy, message: "\(host): the proxy \(proxy) cannot be spoken with")
        case (_, 407):
            return TransferError(
                code: .proxy,
                message: "\(host): the proxy \(proxy) wants a user name and a password, or does not take those it got "
                    + "(HTTP 407); they stand before its host: http://USER:PASSWORD@HOST:PORT"
            )
        case (_, 408), (_, 429), (_, 500...599):
            return TransferError(
                code: .connection,
                message: "\(host): the proxy \(proxy) does not reach it (HTTP \(answer))"
            )
        case (_, 300...499):
            return TransferError(
                code: .proxy,
                message: "\(host): the proxy \(proxy) refuses to connect to it (HTTP \(answer))"
            )
        default: return nil
        }
    }

    /// Host and port of a URL, for messages.
    static func host(of url: String) -> String {
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasSuffix(":"), parts[1].isEmpty else { return "?" }
        let authority = parts[2].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return String(authority.split(separator: "@").last ?? "?")
    }
}
