/// Which products the archive holds, by file name, wherever below the project's directory they lie: the tree is the
/// index, read anew by each run.
///
/// It does not change any more once it is made; memory grows with stems, not with files (see `StemTable`).
package final class ArchiveIndex: Sendable {
    /// What the scan met, for the report.
    package struct Summary: Sendable, Hashable {
        /// Directories read.
        package var directories = 0
        /// Regular files of any name.
        package var files = 0
        /// Regular files whose name ends in a wanted suffix.
        package var named = 0
        /// Names that end in a wanted suffix but are no UTF-8; no product of HyP3 has such a name.
        package var undecodable = 0
        /// Names that were found in more than one directory.
        package var repeated = 0
        /// What was not looked into, in the order of paths.
        package var unseen: [UnseenPlace] = []
        /// Whether a directory could not be read.
        var hasUnreadable: Bool {
            self.unseen.contains { if case .unreadable = $0.cause { true } else { false } }
        }

        package init() {}

        /// What a person should know of the places that were not looked into: a sentence each for the first few.
        package var warnings: [String] {
            let places = self.unseen.filter(\.mayHoldProducts)
            let told = places.prefix(Self.mostTold).map { place in
                "\(place.description); what lies there is not seen" + (place.cure.map { ". \($0)" } ?? "")
            }
            let more = places.count - told.count
            return told + (more > 0 ? ["\(more) more places in the archive are not seen"] : [])
        }

        private static let mostTold = 10
    }

    package let summary: Summary
    /// Where products may lie all the same.
    package let unseen: UnseenPlaces
    private let wanted: WantedSuffixes
    let contents: Contents

    /// What was found, by number: suffixes and directories are interned.
    struct Contents: Sendable {
        var suffixes: ByteStrings
        var directories: ByteStrings
        var files: StemTable
        /// What is no regular file and has a product's name, links to files of the project among it.
        var obstacles: [FileKind: StemTable]
    }

    init(wanted: WantedSuffixes, contents: Contents, summary: Summary, unseen: UnseenPlaces = UnseenPlaces()) {
        self.unseen = unseen
        self.wanted = wanted
        self.contents = contents
        self.summary = summary
    }

    /// Number of different stems.
    package var stems: Int { self.contents.files.count }

    /// Whether a regular file of this name, or a link to one inside the project, is anywhere in the archive.
    ///
    /// False for a name that ends in none of the suffixes the index was built for.
    package func contains(stem: String, suffix: String) -> Bool {
        self.find(stem, suffix) { stem, suffix in
            self.contents.files.contains(stem, suffix: suffix)
                || self.contents.obstacles[.linkedFile]?.contains(stem, suffix: suffix) ?? false
        } ?? false
    }

    /// Path of the regular file of this name below the project's directory, or of the link to one; the first in the order of
    /// bytes where there are several. Bytes of a directory's name that are no UTF-8 are replaced.
    ///
    /// - Parameter preferred: the path that is given where the file lies there, too.
    package func path(stem: String, suffix: String, preferring preferred: String? = nil) -> String? {
        if let preferred, preferred.utf8.ends(with: stem + suffix) {
            let directory = preferred.utf8.dropLast((stem + suffix).utf8.count)
            let isThere = self.directories(stem: stem, suffix: suffix).contains {
                $0.elementsEqual(directory.last == UInt8(ascii: "/") ? directory.dropLast() : directory)
            }
            if isThere { return preferred }
        }
        return self.path(stem, suffix, in: self.contents.files)
            ?? self.contents.obstacles[.linkedFile].flatMap { self.path(stem, suffix, in: $0) }
    }

    private func path(_ stem: String, _ suffix: String, in table: StemTable) -> String? {
        let directories = self.find(stem, suffix) { table.directories(of: $0, suffix: $1) } ?? []
        let directory = directories.map { self.contents.directories[$0] }.min { $0.lexicographicallyPrecedes($1) }
        return directory.map { Self.path(in: $0, name: stem + suffix) }
    }

    /// The directories with a regular file of this name, or a link to one inside the project, below the project's, without
    /// a slash at the end.
    func directories(stem: String, suffix: String) -> [ArraySlice<UInt8>] {
        self.find(stem, suffix) { stem, suffix in
            let links = self.contents.obstacles[.linkedFile]?.directories(of: stem, suffix: suffix) ?? []
            let numbers = self.contents.files.directories(of: stem, suffix: suffix) + links
            return Set(numbers).sorted().map { self.contents.directories[$0] }
        } ?? []
    }

    /// Whether any regular file in the archive has a name that ends as the suffix says, whatever job it is of.
    func holds(_ suffix: SuffixTemplate) -> Bool {
        let pattern = suffix.pattern
        return (0..<self.contents.suffixes.count).contains { number in
            SuffixTemplate.matches(String(decoding: self.contents.suffixes[number], as: UTF8.self), pattern: pattern)
                && self.contents.files.holds(suffix: number)
        }
    }

    /// Whether a regular file is anywhere in the archive whose name is `stem` and a suffix that `pattern` stands for.
    ///
    /// Of a pattern that begins with `*` this is not known, and false: such files are not indexed by the job's stem.
    package func containsMatch(stem: String, pattern: String) -> Bool {
        (0..<self.contents.suffixes.count).contains { number in
            let suffix = String(decoding: self.contents.suffixes[number], as: UTF8.self)
            return SuffixTemplate.matches(suffix, pattern: pattern) && self.contains(stem: stem, suffix: suffix)
        }
    }

    /// What stands in the way of a product, as one clause: something else at `path`, where it is to lie below the project's
    /// directory, or a link of its name anywhere whose file is gone.
    package func obstacle(stem: String, suffix: String, at path: String) -> String? {
        if let kind = self.obstacle(at: path) { return "a \(kind.rawValue) of this name lies in the archive" }
        return self.contents.obstacles[.danglingLink].flatMap { self.path(stem, suffix, in: $0) }.map { link in
            "a \(FileKind.danglingLink.rawValue) of this name lies in the archive, at \(link)"
        }
    }

    /// What stands in the way of a product that is to lie at `path` below the project's directory; nil for nothing, or
    /// a regular file.
    func obstacle(at path: String) -> FileKind? {
        let bytes = Array(path.utf8)
        let nameStart = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        return bytes.withUnsafeBytes { bytes in
            let directory = UnsafeRawBufferPointer(rebasing: bytes[..<max(0, nameStart - 1)])
            guard let number = self.contents.directories.number(of: directory),
                let (stem, suffix) = self.split(UnsafeRawBufferPointer(rebasing: bytes[nameStart...]))
            else { return nil }
            return self.contents.obstacles.first { kind, names in
                kind != .linkedFile && names.directories(of: stem, suffix: suffix).contains(number)
            }?.key
        }
    }

    /// Names found in more than one directory, with their paths, both in the order of bytes.
    package func repeated(limit: Int) -> [(name: String, paths: [String])] {
        let found = self.contents.files.repeated().map { repeated in
            let name = String(decoding: repeated.stem + self.contents.suffixes[repeated.suffix], as: UTF8.self)
            let paths = repeated.directories.map { Self.path(in: self.contents.directories[$0], name: name) }
            return (name: name, paths: paths.sorted())
        }
        return Array(found.sorted { $0.name < $1.name }.prefix(limit))
    }

    private static func path(in directory: ArraySlice<UInt8>, name: String) -> String {
        directory.isEmpty ? name : String(decoding: directory, as: UTF8.self) + "/" + name
    }

    /// Gives `body` the name as the index splits it; nil for a name the index knows nothing of.
    private func find<R>(_ stem: String, _ suffix: String, _ body: (UnsafeRawBufferPointer, Int) -> R) -> R? {
        withFileName(stem, suffix) { name in
            guard let name, let (stem, suffix) = self.split(name) else { return nil }
            return body(stem, suffix)
        }
    }

    /// The name's stem and the number of its suffix; nil for a name the index knows nothing of.
    func split(_ name: UnsafeRawBufferPointer) -> (stem: UnsafeRawBufferPointer, suffix: Int)? {
        guard let (stem, suffix) = self.splitWanted(name), let suffix else { return nil }
        return (stem, suffix)
    }

    /// The name's stem, and the number of its suffix where any file has it; nil for a name that ends in no wanted suffix.
    func splitWanted(_ name: UnsafeRawBufferPointer) -> (stem: UnsafeRawBufferPointer, suffix: Int?)? {
        guard let split = self.wanted.split(name) else { return nil }
        let ending = UnsafeRawBufferPointer(rebasing: name[split.stemLength...])
        return (
            UnsafeRawBufferPointer(rebasing: name[..<split.stemLength]), self.contents.suffixes.number(of: ending)
        )
    }
}

/// Gives `body` the bytes of `stem` and `suffix` one after the other; nil where they are too many for a file name.
func withFileName<R>(_ stem: String, _ suffix: String, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
    let length = stem.utf8.count + suffix.utf8.count
    guard length <= PathComponent.maximumLength else { return body(nil) }
    return withUnsafeTemporaryAllocation(byteCount: PathComponent.maximumLength, alignment: 8) { buffer in
        var (stem, suffix) = (stem, suffix)
        stem.withUTF8 { buffer.copyMemory(from: UnsafeRawBufferPointer($0)) }
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[stem.utf8.count...])
        suffix.withUTF8 { rest.copyMemory(from: UnsafeRawBufferPointer($0)) }
        return body(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    }
}
