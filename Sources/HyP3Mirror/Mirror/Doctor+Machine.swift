import Checksums

/// What the machine and the configuration must have.
extension Doctor {
    func configuration() -> Answer {
        let suffixes = self.settings.suffixes.map { "\($0)" }.joined(separator: ", ")
        return .good("jobs named \(ForeignText.quoted(self.settings.title)) at \(self.settings.host), \(suffixes)")
    }

    /// Proving products needs both, and a machine's policy may forbid one.
    func digests() throws -> Answer {
        for algorithm in [DigestAlgorithm.sha256, .md5] { _ = try StreamDigest(algorithm) }
        return .good("SHA-256 and MD5 can be computed")
    }

    /// A hook that cannot be started is told here, before it is told of each product.
    func hook(_ command: HookCommand) async throws -> Answer {
        let environment = HookEnvironment.of(self.session.environment)
        return .good(try await onOwnThread(to: "look for a program") { try command.executable(environment) })
    }

    func descriptors() -> Answer {
        let width = FetchWidth(self.settings)
        let wanted =
            if case .fixed(let count) = self.settings.connections { count } else { DownloadBudget.mostByDefault }
        if width.connections >= wanted { return .good("enough for \(Count.of(wanted, "connection"))") }
        return .notice(
            "enough for \(width.connections) of \(Count.of(wanted, "connection")); raise the limit (ulimit -n, LimitNOFILE)"
        )
    }
}
