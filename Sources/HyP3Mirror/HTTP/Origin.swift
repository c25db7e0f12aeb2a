/// Where a URL points: the unit that decides who may see a credential.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// `https` or `http`.
    package let scheme: String
    /// Lower case; an IPv6 address keeps its brackets.
    package let host: String
    package let port: Int

    package init(scheme: String, host: String, port: Int) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    package var description: String {
        self.port == (self.scheme == "https" ? 443 : 80)
            ? "\(self.scheme)://\(self.host)" : "\(self.scheme)://\(self.host):\(self.port)"
    }

    /// This machine by name or by an address of its own.
    package var isLoopback: Bool {
        if self.host == "localhost" || self.host == "[::1]" { return true }
        let parts = self.host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// TLS, or a connection that never leaves this machine.
    package var isConfidential: Bool { self.scheme == "https" || self.isLoopback }
}
