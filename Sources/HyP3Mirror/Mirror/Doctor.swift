import FoundationEssentials

/// Tries, one thing after the other, what a sync needs, and says of each what would put it right. Leaves nothing behind.
package struct Doctor: Sendable {
    /// What a check came to.
    package struct Finding: Sendable, Hashable {
        package enum Verdict: Sendable, Hashable {
            case good
            /// A sync would work, and somebody should know.
            case notice
            /// A sync would end with that.
            case bad(RunStatus)
            /// Another finding says why.
            case untried
        }

        /// What was looked at.
        package let name: String
        package let verdict: Verdict
        /// A clause, with its cure where something is wrong.
        package let text: String

        /// `ok    HyP3: …`
        package var line: String {
            let mark =
                switch self.verdict {
                case .good: "ok"
                case .notice: "note"
                case .bad: "BAD"
                case .untried: "-"
                }
            return mark.padding(to: 6) + "\(self.name): \(ForeignText.shown(self.text))"
        }

        package var status: RunStatus { if case .bad(let status) = self.verdict { status } else { .ok } }
    }

    /// What a check says when a sync would work.
    enum Answer: Sendable {
        case good(String)
        case notice(String)
    }

    let settings: ProjectSettings
    let archive: Archive
    let session: ServiceSession

    /// How long to be patient with a service: somebody waits for the answer.
    package static var patience: ServiceSession.Patience {
        var patience = ServiceSession.Patience()
        patience.retry = RetryPolicy(
            attempts: 2,
            base: .milliseconds(500),
            cap: .seconds(1),
            retryAfterCap: .seconds(2)
        )
        patience.stall = .seconds(20)
        patience.standstill = .seconds(120)
        return patience
    }

    package init(_ settings: ProjectSettings, _ archive: Archive, _ session: ServiceSession) {
        self.settings = settings
        self.archive = archive
        self.session = session
    }

    /// - Parameter onFinding: called with each finding as it is made.
    /// - Returns: what a sync would end with, as far as is known; `.ok` only if all that it needs is there.
    /// - Throws: `CancellationError`
    package func run(stop: RunStop = RunStop(), onFinding: (Finding) -> Void) async throws -> RunStatus {
        var statuses: [RunStatus] = []
        func tell(_ finding: Finding) {
            statuses.append(finding.status)
            onFinding(finding)
        }
        func check(_ name: String, _ body: () async throws -> Answer) async throws {
            tell(try await Self.finding(name, body))
        }
        try await check("configuration") { self.configuration() }
        try await check("digests") { try self.digests() }
        try await check("descriptors") { self.descriptors() }
        for (name, command) in [("on_archived", self.settings.onArchived), ("on_finish", self.settings.onFinish)] {
            guard let command else { continue }
            try await check(name) { try await self.hook(command) }
        }
        try await check("archive") { try await self.archiveDirectory() }
        if statuses.last == .ok {
            try await check("file system") { try await self.fileSystem() }
            try await check("disk") { try await self.disk() }
            try await check("lock") { try await self.lock() }
        }
        try await self.checkService(stop, tell)
        return RunStatus.merged(statuses)
    }

    static func finding(_ name: String, _ body: () async throws -> Answer) async throws -> Finding {
        do {
            switch try await body() {
            case .good(let text): return Finding(name: name, verdict: .good, text: text)
            case .notice(let text): return Finding(name: name, verdict: .notice, text: text)
            }
        } catch {
            try Task.checkCancellation()
            return Finding(name: name, verdict: .bad(RunStatus(error)), text: sentence(of: error))
        }
    }
}

extension String {
    fileprivate func padding(to length: Int) -> String {
        self + String(repeating: " ", count: max(0, length - self.count))
    }
}
