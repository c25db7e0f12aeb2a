/// Which jobs make which file names: finds the names that more than one job makes.
///
/// Memory grows with stems, as in the archive's index.
struct NameClaims {
    private let wanted: WantedSuffixes
    private var suffixes = ByteStrings()
    private var claims = StemTable()

    init(_ suffixes: [SuffixTemplate]) {
        self.wanted = WantedSuffixes(suffixes)
    }

    /// A job makes a file of this name.
    ///
    /// - Parameter job: number of the job.
    mutating func add(stem: String, suffix: String, job: Int) {
        withFileName(stem, suffix) { name in
            guard let name, let split = self.wanted.split(name) else { return }
            let stem = UnsafeRawBufferPointer(rebasing: name[..<split.stemLength])
            let suffix = self.suffixes.intern(UnsafeRawBufferPointer(rebasing: name[split.stemLength...]))
            self.claims.insert(stem, hash: ByteStrings.hash(stem), suffix: suffix, directory: job)
        }
    }

    /// Every name that more than one job makes, with the numbers of those jobs; in no order.
    func shared() -> [(name: String, jobs: [Int])] {
        self.claims.repeated().map { stem, suffix, jobs in
            (String(decoding: stem, as: UTF8.self) + String(decoding: self.suffixes[suffix], as: UTF8.self), jobs)
        }
    }
}
