import CChecksums

/// What this CPU can do for MD5, asked once: the question itself is slow on a virtual machine.
///
/// What `SHA256SUMS` and the proofs of years hang on must not hang on instructions that no test machine ever ran. So every
/// kernel that may be used answers known questions first; one that errs is not used, and where the plain one errs OpenSSL
/// does all.
struct InstructionSets: Sendable {
    /// The set for several MD5s at once.
    let md5: checksums_md5_set
    /// How many that are.
    let md5Lanes: Int
    /// Whether MD5 is computed here rather than by OpenSSL.
    let hasMD5: Bool

    static let current = InstructionSets(widest: checksums_md5_best_set(), passes: KnownAnswers.passes)

    /// OpenSSL for everything.
    static let none = InstructionSets(widest: checksums_md5_scalar) { _ in false }

    /// Takes the widest set that `passes`, but none wider than `widest`.
    init(widest: checksums_md5_set, passes: (checksums_md5_set) -> Bool) {
        let sets = [checksums_md5_avx512, checksums_md5_avx2, checksums_md5_base].filter {
            $0.rawValue <= widest.rawValue
        }
        self.hasMD5 = passes(checksums_md5_scalar)
        self.md5 = (self.hasMD5 ? sets.first { passes($0) } : nil) ?? checksums_md5_scalar
        self.md5Lanes = checksums_md5_width(self.md5)
    }
}
