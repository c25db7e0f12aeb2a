/// The paths of one project in an archive: its products' directory and the state kept below it.
package struct ProjectDirectory: Sendable, Hashable {
    /// `ARCHIVE/PREFIX`, without a slash at its end.
    package let root: String

    package init(_ root: String) { self.root = root }

    /// Everything of ours that is not a product; safe to lose.
    package var state: String { self.root + "/" + Self.stateName }
    /// Bytes that are not proven yet.
    package var partial: String { self.state + "/partial" }
    package var manifest: String { self.state + "/manifest.jsonl" }
    /// What a commit is about to do; empty between commits.
    package var journal: String { self.state + "/journal.jsonl" }
    package var lock: String { self.state + "/lock" }
    /// In the form of sha256sum(1), paths relative to `root`.
    package var checksums: String { self.root + "/" + Self.checksumsName }

    package static let stateName = ".hyp3-mirror"
    package static let checksumsName = "SHA256SUMS"

    /// The path of a product given relative to the project's directory.
    package func path(of product: String) -> String { self.root + "/" + product }
}
