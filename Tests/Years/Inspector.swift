import Foundation

/// Looks at an archive as somebody does who trusts nobody: each byte under a product's name, and the records.
struct Inspector {
    let root: String
    private let products: [String: TrueProduct]
    /// Files that were read, and as they were then.
    private var proven: [String: Tree.Facts] = [:]
    private(set) var tree: Tree
    private(set) var records = Records()

    init(_ root: String, _ world: World) {
        self.root = root
        self.products = world.byFile
        self.tree = Tree(root)
    }

    /// Names of the files in the tree.
    var names: Set<String> { Set(self.tree.files.keys.map(Self.name(of:))) }

    static func name(of path: String) -> String {
        String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    }

    /// Reads what is new or changed.
    ///
    /// - Throws: `Finding` where anything under a final name is not the product of that name, whole and right, or the
    ///   records say what is not true.
    mutating func look() throws {
        self.tree = Tree(self.root)
        for (path, facts) in self.tree.files where self.proven[path] != facts {
            guard let product = self.products[Self.name(of: path)] else {
                throw Finding("\(path) lies in the archive, and HyP3 never had such a product")
            }
            guard let data = FileManager.default.contents(atPath: "\(self.root)/\(path)") else {
                throw Finding("\(path) cannot be read")
            }
            guard [UInt8](data) == product.bytes else {
                throw Finding("\(path) has \(data.count) bytes that are not the \(product.bytes.count) of the product")
            }
            self.proven[path] = facts
        }
        try self.records.update(self.root)
        for (path, digest) in self.records.sums where self.products[Self.name(of: path)]?.sha256 != digest {
            throw Finding("SHA256SUMS says \(digest) of \(path), which is not its digest")
        }
        if let path = self.records.repeated.first { throw Finding("SHA256SUMS names \(path) twice") }
    }

    /// That tree, checksum list and manifest say the same.
    ///
    /// - Parameters:
    ///   - suffixes: wanted now; a run follows only files of these to where somebody has moved them.
    ///   - removed: names of files that somebody took out.
    ///   - unrecorded: names of files whose records somebody took away.
    func requireAgreement(suffixes: [String], removed: Set<String>, unrecorded: Set<String>) throws {
        if self.records.isTorn { throw Finding("SHA256SUMS ends in the midst of a line after a run") }
        func isFollowed(_ path: String) -> Bool {
            self.products[Self.name(of: path)].map { suffixes.contains($0.template) } ?? false
        }
        for path in self.tree.files.keys where isFollowed(path) && !unrecorded.contains(Self.name(of: path)) {
            guard self.records.sums[path] != nil else { throw Finding("SHA256SUMS does not name \(path)") }
            guard let line = self.records.manifest[path] else { throw Finding("the manifest does not name \(path)") }
            let product = self.products[Self.name(of: path)]
            guard line.sha256 == product?.sha256, line.size == product?.bytes.count else {
                throw Finding("the manifest says of \(path) what is not so")
            }
        }
        for path in self.records.sums.keys where isFollowed(path) && self.tree.files[path] == nil {
            guard removed.contains(Self.name(of: path)) else {
                throw Finding("SHA256SUMS names \(path), which is not there")
            }
        }
    }

    /// Names of files that no record has.
    var unrecorded: Set<String> {
        Set(self.tree.files.keys.filter { self.records.manifest[$0] == nil }.map(Self.name(of:)))
    }

    /// That nothing of the state outgrows what it is for.
    func requireSmallState(isAtRest: Bool) throws {
        let state = "\(self.root)/.hyp3-mirror"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: state)) ?? [] {
            guard let facts = Tree.Facts("\(state)/\(name)") else { continue }
            if name.hasPrefix("journal"), isAtRest, facts.size > 0 { throw Finding("\(name) is not empty after a run") }
            if name.hasPrefix("partial") {
                let staged = (try? FileManager.default.contentsOfDirectory(atPath: "\(state)/\(name)")) ?? []
                if isAtRest, staged.count > 40 { throw Finding("\(staged.count) files are left in \(name)") }
                continue
            }
            let most: Int64 = name.hasPrefix("manifest") ? Int64(self.tree.files.count + 1000) * 4000 : 5 << 20
            if facts.size > most { throw Finding("\(name) has grown to \(facts.size) bytes") }
        }
    }
}
