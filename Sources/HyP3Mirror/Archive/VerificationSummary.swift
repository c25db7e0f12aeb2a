package import FoundationEssentials

/// How well the archive is known to be what was archived: all verifications so far, in numbers. Blocks while it is read.
package struct VerificationSummary: Sendable {
    /// A product that was not what was archived when it was last looked at.
    package struct Damaged: Sendable, Hashable {
        /// Below the project's directory.
        package let path: String
        package let result: VerificationResult
        /// When that was found (UTC).
        package let verified: Date
    }

    /// Products on record.
    package let files: Int
    /// Those of them that were never verified since they were archived.
    package let neverVerified: Int
    /// When that product was last seen, by verification or when it was archived, that was not looked at for longest (UTC);
    /// nil without any.
    package let oldest: Date?
    /// Products by what their last verification found; those that had none are not counted.
    package let counts: [VerificationResult: Int]
    /// The first of them in the order of paths.
    package let damaged: [Damaged]

    private static let most = 1000

    /// - Throws: `FilesystemError`, `CancellationError`.
    package init(_ project: ProjectDirectory, stop: StopFlag = StopFlag()) throws {
        let known = try KnownFiles(project, stop: stop)
        let lines = try ManifestLines(known.manifests)
        var counts: [VerificationResult: Int] = [:]
        var damaged: [Damaged] = []
        for file in known.all where file.verified > 0 {
            counts[file.result, default: 0] += 1
            guard file.result.isDamage, damaged.count < Self.most, let entry = try lines.entry(at: file.place) else {
                continue
            }
            let date = Date(timeIntervalSince1970: TimeInterval(file.verified))
            damaged.append(Damaged(path: entry.path, result: file.result, verified: date))
        }
        self.files = known.all.count
        self.neverVerified = known.all.count { $0.verified == 0 }
        self.oldest = known.all.map(\.lastSeen).min().map { Date(timeIntervalSince1970: TimeInterval($0)) }
        self.counts = counts
        self.damaged = damaged.sorted { $0.path < $1.path }
    }
}
