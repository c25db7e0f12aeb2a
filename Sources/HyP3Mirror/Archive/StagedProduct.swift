/// A product whose bytes are complete and proven, waiting for its name.
package struct StagedProduct: Sendable {
    /// Its line in the manifest; `entry.path` is where it goes.
    package internal(set) var entry: ManifestEntry
    package let file: StagedFile
    /// Makes room on a full disk for the lines of names that are given; false where there is nothing to give way. Blocks.
    let relieve: @Sendable () throws -> Bool

    package init(
        entry: ManifestEntry,
        file: StagedFile,
        relieve: @escaping @Sendable () throws -> Bool = { false }
    ) {
        self.entry = entry
        self.file = file
        self.relieve = relieve
    }
}
