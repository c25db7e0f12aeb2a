import Glibc
import SystemPackage

/// Takes lines out of `SHA256SUMS` that stand for products about to be fetched anew: files somebody deleted, whose next
/// bytes may be other ones.
struct StaleChecksums {
    let project: ProjectDirectory

    /// Blocks; call under the run lock, before the first commit opens the list for appending.
    func drop(_ products: some Sequence<PlannedProduct>) throws {
        let paths = Set(products.map(\.path))
        guard !paths.isEmpty, let list = try SystemCalls.contents(of: self.project.checksums, limit: .max) else {
            return
        }
        let lines = list.split(separator: 10)
        let kept = lines.filter { line in
            // 64 digits, two separating characters, the path (sha256sum(1)).
            line.count <= 66 || !paths.contains(String(decoding: line.dropFirst(66), as: UTF8.self))
        }
        guard kept.count < lines.count else { return }
        let temporary = self.project.state + "/SHA256SUMS.new"
        let descriptor = try SystemCalls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, for: "write")
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        for line in kept { bytes += line + [10] }
        try bytes.withUnsafeBytes { try SystemCalls.write($0, to: descriptor, at: 0, path: temporary) }
        try SystemCalls.synchronize(descriptor, path: temporary)
        try SystemCalls.replace(self.project.checksums, with: temporary)
    }
}
