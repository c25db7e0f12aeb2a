import Glibc

/// A name as S3 and file systems compare it, byte for byte: two texts may read alike, composed in different ways, and name
/// different things.
package struct ByteName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral {
    package let text: String

    package init(_ text: String) { self.text = text }

    package init(stringLiteral text: String) { self.text = text }

    package static func == (a: ByteName, b: ByteName) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package static func < (a: ByteName, b: ByteName) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = self.text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String.UTF8View {
    /// Byte for byte.
    func ends(with ending: String) -> Bool {
        let ending = ending.utf8
        guard self.count >= ending.count else { return false }
        // Asked of every file of every job for each suffix. Strings that Swift made lie in one piece.
        let isEqual = self.withContiguousStorageIfAvailable { name in
            ending.withContiguousStorageIfAvailable { ending in
                guard let name = name.baseAddress, let end = ending.baseAddress else { return true }
                return memcmp(name + self.count - ending.count, end, ending.count) == 0
            }
        }
        return (isEqual ?? nil) ?? self.suffix(ending.count).elementsEqual(ending)
    }
}
