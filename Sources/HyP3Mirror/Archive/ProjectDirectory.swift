/// The paths of one project in an archive: its products' directory and the state kept below it.
///
/// A shard has state files of its own beside those of whole runs, `manifest-2-of-8.jsonl` beside `manifest.jsonl`; the
/// products, the checksum list and the lock that keeps whole runs and shards apart are the same for all.
package struct ProjectDirectory: Sendable, Hashable {
    /// `ARCHIVE/PREFIX`, without a slash at its end.
    package let root: String
    /// The part of the jobs that the state is about; nil means all.
    package let shard: Shard?
    /// What the paths of its lock files begin with.
    private let locks: String

    /// - Parameter locks: what the paths of the lock files begin with, where they are not kept with the rest of the state.
    package init(_ root: String, shard: Shard? = nil, locks: String? = nil) {
        self.root = root
        self.shard = shard
        self.locks = locks ?? "\(root)/\(Self.stateName)/"
    }

    /// The project that the settings describe.
    init(_ settings: ProjectSettings) {
        // By the project's name and not by its path: another machine may have mounted the archive elsewhere.
        let name = settings.prefix.replacing("%", with: "%25").replacing("/", with: "%2F")
        let locks = settings.lockDirectory.map { "\($0)/\(name.isEmpty ? "archive" : name)-" }
        self.init(settings.projectDirectory, shard: settings.shard, locks: locks)
    }

    /// Everything of ours that is not a product; safe to lose.
    package var state: String { self.root + "/" + Self.stateName }
    /// Bytes that are not proven yet.
    package var staging: String { self.own("partial", "") }
    package var manifest: String { self.own("manifest", ".jsonl") }
    /// What a commit is about to do; empty between commits.
    package var journal: String { self.own("journal", ".jsonl") }
    /// Products that are known not to be there.
    package var absent: String { self.own("absent", ".jsonl") }
    /// The runs so far.
    package var runs: String { self.own("runs", ".jsonl") }
    /// What the last run that planned left open.
    package var open: String { self.own("open", ".jsonl") }
    /// How far the manifest has been handed to `on_archived`.
    var delivered: String { self.own("delivered", ".json") }
    /// Lines of the manifest that `on_archived` is still to get.
    package var owed: String { self.own("owed", ".jsonl") }
    /// Since when HyP3 is down; not there while it is not.
    var outage: String { self.own("outage", ".json") }
    /// When each file was last verified; the same for all shards.
    package var verified: String { self.state + "/verified.jsonl" }
    /// Where damaged files are put aside.
    package var quarantine: String { self.state + "/quarantine" }
    /// Held by one verification at a time.
    package var verifyLock: String { self.locks + "verify-lock" }
    /// Held by one run of the same part at a time.
    package var lock: String { self.locks + "lock" + self.shardSuffix }
    /// Held by a whole run alone, or by any number of shards.
    package var wholeLock: String { self.locks + "lock" }
    /// In the form of sha256sum(1), paths relative to `root`.
    package var checksums: String { self.root + "/" + Self.checksumsName }
    /// Held while `checksums` changes.
    package var checksumsLock: String { self.locks + "checksums-lock" }

    package static let stateName = ".hyp3-mirror"
    package static let checksumsName = "SHA256SUMS"

    /// The path of a product given relative to the project's directory.
    package func path(of product: String) -> String { self.root + "/" + product }

    private func own(_ name: String, _ end: String) -> String {
        "\(self.state)/\(name)\(self.shardSuffix)\(end)"
    }

    private var shardSuffix: String { self.shard.map { "-\($0.index)-of-\($0.count)" } ?? "" }
}

extension ProjectDirectory {
    /// The project as each of its runs, whole or of a shard, has left state named `name` (`manifest`, `absent`, `journal`;
    /// `partial` without an ending); in the order of names. Blocks.
    package func parts(with name: String, ending: String = ".jsonl") throws -> [ProjectDirectory] {
        guard try SystemCalls.kind(of: self.state) != nil else { return [] }
        return try SystemCalls.names(in: self.state).sorted().compactMap { file in
            guard file.hasPrefix(name), file.hasSuffix(ending) else { return nil }
            let middle = file.dropFirst(name.utf8.count).dropLast(ending.utf8.count)
            if middle.isEmpty { return ProjectDirectory(self.root, locks: self.locks) }
            guard middle.hasPrefix("-"), let range = middle.firstRange(of: "-of-") else { return nil }
            let (index, count) = (middle[..<range.lowerBound].dropFirst(), middle[range.upperBound...])
            guard let shard = try? Shard("\(index)/\(count)") else { return nil }
            return ProjectDirectory(self.root, shard: shard, locks: self.locks)
        }
    }
}
