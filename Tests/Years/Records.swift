import Foundation

/// What the archive's own records say: `SHA256SUMS`, and the manifests of whole runs and shards.
struct Records {
    private struct Line: Decodable {
        var path: String
        var size: Int
        var sha256: String
    }

    /// A file of lines that mostly grows at its end.
    private struct Follower {
        var facts: Tree.Facts?
        var read = 0
    }

    /// Digests by path.
    private(set) var sums: [String: String] = [:]
    /// Paths that `SHA256SUMS` names more than once.
    private(set) var repeated: Set<String> = []
    /// Whether `SHA256SUMS` ends in the midst of a line, as a kill may leave it to the next run.
    private(set) var isTorn = false
    /// Of the latest line of each path: size and digest.
    private(set) var manifest: [String: (size: Int, sha256: String)] = [:]
    private var sumsFacts: Tree.Facts?
    private var followers: [String: Follower] = [:]

    /// Reads what is new. Blocks.
    mutating func update(_ root: String) throws {
        try self.readSums("\(root)/SHA256SUMS")
        let state = "\(root)/.hyp3-mirror"
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: state)) ?? []).filter {
            $0.hasPrefix("manifest") && $0.hasSuffix(".jsonl")
        }.sorted()
        let isAnother =
            names.count < self.followers.count
            || self.followers.contains { name, follower in
                guard let facts = Tree.Facts("\(state)/\(name)") else { return true }
                return facts.inode != follower.facts?.inode || facts.size < follower.read
            }
        if isAnother { (self.manifest, self.followers) = ([:], [:]) }
        for name in names { try self.follow("\(state)/\(name)", name) }
    }

    private mutating func readSums(_ path: String) throws {
        let facts = Tree.Facts(path)
        if facts == self.sumsFacts { return }
        self.sumsFacts = facts
        (self.sums, self.repeated, self.isTorn) = ([:], [], false)
        guard facts != nil else { return }
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        self.isTorn = !text.isEmpty && text.last != "\n"
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let (digest, path) = (String(line.prefix(64)), String(line.dropFirst(66)))
            guard digest.utf8.count == 64, !path.isEmpty else { throw Finding("SHA256SUMS has the line \(line)") }
            if self.sums.updateValue(digest, forKey: path) != nil { self.repeated.insert(path) }
        }
    }

    private mutating func follow(_ path: String, _ name: String) throws {
        let facts = Tree.Facts(path)
        var follower = self.followers[name] ?? Follower()
        if facts == follower.facts { return }
        let data = try Data(contentsOf: URL(filePath: path))
        var rest = data.dropFirst(follower.read)
        while let end = rest.firstIndex(of: 10) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            follower.read += line.count + 1
            guard !line.isEmpty else { continue }
            // What a kill has left of a line says nothing.
            guard let entry = try? JSONDecoder().decode(Line.self, from: Data(line)) else { continue }
            self.manifest[entry.path] = (entry.size, entry.sha256)
        }
        follower.facts = facts
        self.followers[name] = follower
    }
}
