/// What a scan did not see of a tree, and which products are known to lie there.
package struct UnseenPlaces: Sendable, Hashable {
    private var byPath: [[UInt8]: UnseenPlace] = [:]
    /// Names of files that the archive's own records have below one of the places.
    private var recorded: [String: [UInt8]] = [:]

    package init(_ places: some Sequence<UnseenPlace> = []) {
        for place in places { self.byPath[place.bytes] = place }
    }

    package var isEmpty: Bool { self.byPath.isEmpty }

    /// Whether a name that was not found is nowhere in the archive.
    package var hideNothing: Bool { !self.byPath.values.contains { $0.mayHoldProducts } }

    /// The place in which a file at `path` below the project's directory would not have been seen; nil where it would.
    func hiding(_ path: some Collection<UInt8>) -> UnseenPlace? {
        if self.byPath.isEmpty { return nil }
        if let root = self.byPath[[]] { return root }
        var directory: [UInt8] = []
        for byte in path {
            if byte == UInt8(ascii: "/"), let place = self.byPath[directory] { return place }
            directory.append(byte)
        }
        return nil
    }

    /// The place in which the product `file` may lie: where its layout puts it, or where a record has it.
    package func hiding(file: String, path: String) -> UnseenPlace? {
        self.hiding(path.utf8) ?? self.recorded[file].flatMap { self.byPath[$0] }
    }

    /// Takes down where the archive's own records have a file.
    mutating func record(_ path: some Collection<UInt8>) {
        guard let place = self.hiding(path) else { return }
        let name = path.suffix(path.count - (path.lastIndexOfSlash.map { $0 + 1 } ?? 0))
        self.recorded[String(decoding: name, as: UTF8.self)] = place.bytes
    }
}

extension Collection<UInt8> {
    /// How many bytes come before the last slash; nil without one.
    fileprivate var lastIndexOfSlash: Int? {
        var (position, last) = (0, Int?.none)
        for byte in self {
            if byte == UInt8(ascii: "/") { last = position }
            position += 1
        }
        return last
    }
}
