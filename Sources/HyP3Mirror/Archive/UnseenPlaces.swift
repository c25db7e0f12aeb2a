package import SystemPackage

/// A place in the tree that a scan could not look into, or must not: what may lie there is not known.
package struct UnseenPlace: Sendable, Hashable {
    /// Why it was not seen.
    package enum Cause: Sendable, Hashable {
        /// A directory that could not be read, wholly or from some entry on.
        case unreadable(Errno)
        /// A symbolic link to a directory that neither the user who runs this nor root owns, and its owner.
        case foreignLink(owner: UInt32)
        /// A symbolic link whose target could not be looked at.
        case brokenLink(Errno)
    }

    /// Below the project's directory; empty for that itself.
    let bytes: [UInt8]
    package let cause: Cause
    /// What would make it readable, as a sentence; nil where the cause says enough.
    package let cure: String?

    init(_ bytes: [UInt8], _ cause: Cause, cure: String? = nil) {
        self.bytes = bytes
        self.cause = cause
        self.cure = cure
    }

    /// Bytes that are no UTF-8 are replaced.
    package var path: String { self.bytes.isEmpty ? "." : String(decoding: self.bytes, as: UTF8.self) }

    /// Whether a product may have been there all the same: not behind a link that leads nowhere.
    package var mayHoldProducts: Bool { self.cause != .brokenLink(.noSuchFileOrDirectory) }

    /// One clause for people.
    package var description: String {
        switch self.cause {
        case .unreadable(let errno): "\(self.path) cannot be read: \(errno)"
        case .foreignLink(let owner):
            "\(self.path) is a symbolic link that belongs to the user with the number \(owner) and is not followed"
        case .brokenLink(let errno): "\(self.path) is a symbolic link that cannot be followed: \(errno)"
        }
    }
}

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
