/// Takes lines out of `SHA256SUMS` that stand for products about to be fetched anew: files somebody deleted, whose next
/// bytes may be other ones.
struct StaleChecksums {
    let project: ProjectDirectory

    /// Blocks; call under the run lock, before the first commit.
    func drop(_ products: some Sequence<PlannedProduct>) throws {
        try ChecksumList(project: self.project).drop(Set(products.map(\.path)))
    }
}
