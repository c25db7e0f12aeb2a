import Checksums
import FoundationEssentials

extension ProjectDirectory {
    /// Where a product's bytes wait: a name made of path and URL, so that no product name ever stands on unproven bytes and
    /// a product that moved upstream does not go on with old ones.
    package func staged(for product: Product) throws -> String {
        try self.staged(path: product.path, url: product.url)
    }

    /// As `staged(for:)`; `path` is below the project's directory.
    package func staged(path: String, url: String) throws -> String {
        "\(self.staging)/\(try self.stagedName(path: path, url: url))"
    }

    /// The last component of `staged(path:url:)`.
    func stagedName(path: String, url: String) throws -> String {
        let key = Array("\(path)\n\(url)".utf8)
        return String(try key.withUnsafeBytes { try Digest(.sha256, of: $0) }.hex.prefix(Self.stagedNameLength))
    }

    private static let stagedNameLength = 32

    /// Whether a name has the form that `stagedName(path:url:)` gives.
    static func isStagedName(_ name: String) -> Bool {
        name.utf8.count == self.stagedNameLength
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}
