/// A product whose bytes are complete and proven, waiting for its name.
package struct StagedProduct: Sendable {
    /// Its line in the manifest; `entry.path` is where it goes.
    package internal(set) var entry: ManifestEntry
    package let file: PartialFile

    package init(entry: ManifestEntry, file: PartialFile) {
        self.entry = entry
        self.file = file
    }
}
