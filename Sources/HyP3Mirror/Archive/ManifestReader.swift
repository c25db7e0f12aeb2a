import FoundationEssentials

/// Reads the manifests of a project, those of all shards, in bounded memory. What is no line of a manifest is passed over.
///
/// Lines are only added, so of several for one product the last of its file counts. Blocks.
struct ManifestReader {
    let project: ProjectDirectory
    var stop = StopFlag()

    /// Calls `body` with each line of all manifests, the oldest of each first.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`, what `body` throws.
    func read(_ body: (_ line: ManifestLine, _ place: Place) throws -> Void) throws {
        for (number, file) in try self.files().enumerated() {
            try LineReader(path: file, stop: self.stop).read { line in
                guard let entry = ManifestLine(line.bytes) else { return }
                try body(entry, Place(file: number, offset: line.offset))
            }
        }
    }

    /// Lines in a row from before the wanted time after which no newer one is expected: a few may have been written by a
    /// clock that was wrong.
    private static let mostOlder = 1000

    /// As `read`, the newest of each manifest first, back to what was written at `since` (UTC).
    func readNewest(since: Date, _ body: (ManifestLine) throws -> Void) throws {
        let earliest = Array(CivilTime(since).text.utf8)
        for file in try self.files() {
            var older = 0
            try LineReader(path: file, stop: self.stop).readBackwards { line in
                guard let entry = ManifestLine(line.bytes) else { return true }
                if entry.written.lexicographicallyPrecedes(earliest) {
                    older += 1
                    return older < Self.mostOlder
                }
                older = 0
                try body(entry)
                return true
            }
        }
    }

    /// Where a line stands, in 8 bytes, because there may be a million of them.
    struct Place: Comparable {
        private let packed: UInt64

        /// - Parameter file: number of the manifest, in the order of `ProjectDirectory.parts`.
        init(file: Int, offset: Int64) {
            self.packed = UInt64(truncatingIfNeeded: file) << 48 | UInt64(truncatingIfNeeded: offset) & 0xFFFF_FFFF_FFFF
        }

        var file: Int { Int(self.packed >> 48) }
        /// Of the line's first byte.
        var offset: Int64 { Int64(self.packed & 0xFFFF_FFFF_FFFF) }

        static func < (a: Place, b: Place) -> Bool { a.packed < b.packed }
    }

    /// Calls `body` with the lines that stand at `places`, in order.
    func readEntries(at places: [Place], _ body: (ManifestEntry) throws -> Void) throws {
        var rest = places.sorted()[...]
        for (number, file) in try self.files().enumerated() {
            guard rest.first?.file == number else { continue }
            try LineReader(path: file, stop: self.stop).read { line in
                guard rest.first == Place(file: number, offset: line.offset) else { return }
                rest.removeFirst()
                if let entry = ManifestEntry(line: line.bytes) { try body(entry) }
            }
            rest = rest.drop { $0.file == number }
        }
    }

    /// When products were archived, by `ByteStrings.hash` of their file names; of those only that are in `wanted`.
    func archivedDates(_ wanted: Set<UInt64>) throws -> [UInt64: Date] {
        var dates: [UInt64: Date] = [:]
        if wanted.isEmpty { return dates }
        try self.read { line, _ in
            line.withPath { path in
                let name = ByteStrings.hash(ArchiveIndex.split(path: path).name)
                guard wanted.contains(name) else { return }
                let text = String(decoding: line.archived, as: UTF8.self)
                if let date = try? Date(text, strategy: .iso8601) { dates[name] = date }
            }
        }
        return dates
    }

    private func files() throws -> [String] { try self.project.parts(with: "manifest").map(\.manifest) }
}
