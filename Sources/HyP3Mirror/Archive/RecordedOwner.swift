import FoundationEssentials

/// Which object of which job a file of the archive is, by the manifest.
struct RecordedOwner: Sendable, Hashable {
    let jobID: String
    /// Empty where the record has none.
    let url: String
    /// Bytes.
    let size: Int64
    let etag: String?
}

extension ManifestReader {
    /// Whose the files at `paths` are, both by `ByteStrings.hash` of the path; nothing of those that no line names.
    ///
    /// - Parameter since: what is looked for was mostly archived since then (UTC); all else is read only where that does
    ///   not tell.
    func owners(of paths: Set<UInt64>, since: Date) throws -> [UInt64: RecordedOwner] {
        var owners: [UInt64: RecordedOwner] = [:]
        if paths.isEmpty { return owners }
        var rest = paths
        try self.readNewest(since: since) { line in
            line.withPath { path in
                let key = ByteStrings.hash(path)
                if rest.remove(key) != nil, let owner = line.owner { owners[key] = owner }
            }
        }
        if rest.isEmpty { return owners }
        try self.read { line, _ in
            line.withPath { path in
                let key = ByteStrings.hash(path)
                if rest.contains(key) { owners[key] = line.owner }
            }
        }
        return owners
    }
}
