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
    /// What that is called for people.
    private let root: String
    package let cause: Cause
    /// What would make it readable, as a sentence; nil where the cause says enough.
    package let cure: String?

    init(_ bytes: [UInt8], _ cause: Cause, cure: String? = nil, root: String = ".") {
        self.bytes = bytes
        self.root = root
        self.cause = cause
        self.cure = cure
    }

    /// Bytes that are no UTF-8 are replaced.
    package var path: String { self.bytes.isEmpty ? self.root : String(decoding: self.bytes, as: UTF8.self) }

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
