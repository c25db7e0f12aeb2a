/// Takes lines out of `SHA256SUMS` that stand for products about to be fetched anew: files somebody deleted, whose next
/// bytes may be other ones.
struct StaleChecksums {
    let project: ProjectDirectory
    var stop = StopFlag()

    /// What a job's patterns may stand for.
    private struct Family {
        /// What the names of the job's products begin with.
        let stem: String
        var patterns: [String]
    }

    /// Takes out the lines of products at these paths. Blocks; call under the run lock, before the first commit.
    func drop(paths: Set<String>) throws {
        if paths.isEmpty { return }
        try ChecksumList(project: self.project, stop: self.stop).rewrite { line in
            paths.contains(String(decoding: line.path, as: UTF8.self)) ? .drop : .keep
        }
    }

    /// Takes out the lines of what a plan fetches. Blocks; call under the run lock, before the first commit.
    func drop(_ plan: Plan) throws {
        var paths: Set<String> = []
        // By the path up to where the pattern begins, and the lengths of those paths.
        var families: [[UInt8]: Family] = [:]
        for product in plan.products([.fetch]) {
            guard product.url.isEmpty else {
                paths.insert(product.path)
                continue
            }
            // A pattern: which files it stands for is not known before the bucket is asked.
            let length = product.suffix.utf8.count
            let stem = String(Substring(product.file.utf8.dropLast(length)))
            families[Array(product.path.utf8.dropLast(length)), default: Family(stem: stem, patterns: [])]
                .patterns.append(product.suffix)
        }
        if paths.isEmpty, families.isEmpty { return }
        let lengths = Set(families.keys.map(\.count))
        try ChecksumList(project: self.project, stop: self.stop).rewrite { line in
            let path = line.path
            // What could not be seen may well be there.
            if plan.index.unseen.hiding(path) != nil { return .keep }
            if !paths.isEmpty, paths.contains(String(decoding: path, as: UTF8.self)) { return .drop }
            let isStale = lengths.contains { length in
                guard path.count > length, let family = families[Array(path.prefix(length))] else { return false }
                let suffix = String(decoding: path.dropFirst(length), as: UTF8.self)
                return family.patterns.contains { SuffixTemplate.matches(suffix, pattern: $0) }
                    && !plan.index.contains(stem: family.stem, suffix: suffix)
            }
            return isStale ? .drop : .keep
        }
    }
}
