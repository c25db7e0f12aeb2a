import FoundationEssentials

/// What a verification found of one product that was archived.
package struct FileFinding: Sendable {
    /// As recorded.
    package let entry: ManifestEntry
    /// Where it lies, or should lie, below the project's directory.
    package let path: String
    package let result: VerificationResult
    /// What is known of the file; nil where there is none, or it cannot be read.
    let found: FileState?
    /// One clause for people.
    package let reason: String

    /// Whether it lies, with the right bytes, at another path than the recorded one.
    package var isMoved: Bool { self.result == .intact && self.path != self.entry.path }
    /// Bytes that lie there.
    package var size: Int64? { self.found?.size }

    init(_ entry: ManifestEntry, at path: String, found: FileState, last: FileState, archived: Int64) {
        self.entry = entry
        self.path = path
        self.found = found
        self.result = VerificationResult(recorded: last, found: found, archived: archived)
        let day = CivilTime(entry.archived).dayText
        let bytes = "\(Count.of(Int(clamping: found.size), "byte"))"
        let changed =
            found.modified.map { " on \(CivilTime(Date(timeIntervalSince1970: Double($0) / 1e9)).text)" } ?? ""
        self.reason =
            switch self.result {
            case .intact: path == entry.path ? "as archived on \(day)" : "moved here from \(entry.path)"
            case .rot: "other bytes than those archived on \(day), and nobody wrote to it: size and time are the same"
            case .edited where found.size != entry.size:
                "written to\(changed): it holds \(bytes), and \(entry.size) were archived on \(day)"
            case .edited: "written to\(changed): other bytes than those archived on \(day)"
            case .cutShort: "it holds \(bytes) of the \(entry.size) that were archived on \(day)"
            case .missing, .unreadable: ""
            }
    }

    /// - Parameter hidden: a place in the archive that could not be read, where the file may lie.
    init(missing entry: ManifestEntry, hidden: UnseenPlace?) {
        self.entry = entry
        self.path = entry.path
        self.found = nil
        let day = CivilTime(entry.archived).dayText
        if let hidden {
            self.result = .unreadable
            self.reason =
                "archived on \(day), and not where it was; it may lie where nothing can be seen: \(hidden.description)"
        } else {
            self.result = .missing
            self.reason = "archived on \(day), and nowhere in the archive"
        }
    }

    init(unreadable entry: ManifestEntry, at path: String, _ error: FilesystemError) {
        self.entry = entry
        self.path = path
        self.found = nil
        self.result = .unreadable
        self.reason = "\(error)"
    }
}
