import Glibc

/// The HTTP proxy that libcurl takes from the environment (curl(1), ENVIRONMENT).
enum Proxy {
    /// Whether a host, with or without a port, is this machine: what is asked of it goes through no proxy, which would ask
    /// its own machine.
    static func passesBy(host: String) -> Bool {
        var name = host.lowercased()[...]
        if name.hasPrefix("[") {
            name = name.prefix { $0 != "]" }.dropFirst()
        } else if let colon = name.firstIndex(of: ":") {
            name = name[..<colon]
        }
        if name.hasSuffix(".") { name = name.dropLast() }
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The proxy for a URL as the environment names it, without user and password; nil where it names none.
    static func name(for url: String) -> String? {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        // A web server sets HTTP_PROXY from a header of its visitors, so libcurl does not read it.
        let variables = scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        for variable in variables + ["all_proxy", "ALL_PROXY"] {
            guard let value = getenv(variable).map({ String(cString: $0) }), !value.isEmpty else { continue }
            return "\(Self.withoutUser(value)) (\(variable))"
        }
        return nil
    }

    private static func withoutUser(_ value: String) -> String {
        guard let at = value.lastIndex(of: "@") else { return value }
        let scheme = value.firstRange(of: "://").map { value[..<$0.upperBound] } ?? ""
        return String(scheme + value[value.index(after: at)...])
    }
}
