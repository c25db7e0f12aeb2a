/// What a look at a file found, held against what was archived.
package enum VerificationResult: String, Sendable, Hashable, Codable, CaseIterable {
    /// The bytes that were archived.
    case intact
    /// Other bytes, while size and time of change are the old ones: the disk, or something below it, changed them.
    case rot
    /// Other bytes with another time of change, or more of them: somebody wrote to it.
    case edited
    /// Fewer bytes.
    case cutShort = "cut-short"
    /// Nowhere in the archive.
    case missing
    /// It cannot be read, so nothing is known.
    case unreadable

    /// Whether what was archived is not there any more.
    package var isDamage: Bool {
        switch self {
        case .rot, .edited, .cutShort, .missing: true
        case .intact, .unreadable: false
        }
    }
}

extension VerificationResult {
    /// - Parameters:
    ///   - recorded: what was archived; its `modified` is the last that was seen with the right bytes.
    ///   - found: what lies there; its bytes need not be read where the size tells enough.
    ///   - archived: when the product was archived, whole seconds since 1970: without a recorded time of change, a file that
    ///     has not changed since then was not edited.
    init(recorded: FileState, found: FileState, archived: Int64) {
        if found.size < recorded.size {
            self = .cutShort
        } else if found.size > recorded.size {
            self = .edited
        } else if found.sha256 == recorded.sha256 {
            self = .intact
        } else if let modified = found.modified {
            self = Self.isUnchanged(modified, since: recorded.modified, archived: archived) ? .rot : .edited
        } else {
            self = .rot
        }
    }

    private static let second: Int64 = 1_000_000_000

    private static func isUnchanged(_ modified: Int64, since recorded: Int64?, archived: Int64) -> Bool {
        // Times of files are in whole seconds, so up to one later than what was written into the record.
        guard let recorded else { return modified / self.second <= archived + 1 }
        if modified == recorded { return true }
        // A copy on a file system that keeps whole seconds, or only even ones.
        let isCoarse = modified % self.second == 0 || recorded % self.second == 0
        return isCoarse && (modified > recorded ? modified - recorded : recorded - modified) <= 2 * self.second
    }
}
