extension UnseenPlaces {
    /// Reads which files the checksum list and the manifests have below the places. Blocks.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`.
    mutating func read(recordsOf project: ProjectDirectory, stop: StopFlag) throws {
        if self.isEmpty { return }
        var places = self
        try LineReader(path: project.checksums, stop: stop).read { line in
            if let line = ChecksumLine(line.bytes) { places.record(line.path) }
        }
        try ManifestReader(project: project, stop: stop).read { line, _ in line.withPath { places.record($0) } }
        self = places
    }
}
