/// Images that HyP3 shows of jobs, as far as they are archived.
package struct Quicklooks: Sendable, Hashable, Codable {
    package struct Image: Sendable, Hashable, Codable {
        /// Below the project's directory.
        package var path: String
        /// When the scene was taken (UTC), `2026-11-27`; nil where the name does not say.
        package var day: String?
        /// Bytes.
        package var size: Int64
    }

    /// Those that are told.
    static let most = 12
    /// Files that are looked at for them.
    private static let mostSeen = 400
    /// What a thumbnail's name has in it.
    private static let mark = "_thumb."

    /// On record.
    package var files: Int
    /// Thumbnails of the newest scenes, one a scene.
    package var newest: [Image] = []

    /// Nil without any. Blocks.
    ///
    /// - Parameter known: read with the days of acquisition.
    /// - Throws: `FilesystemError`, `CancellationError`.
    init?(_ known: KnownFiles, stop: StopFlag) throws {
        var images = known.all.filter(\.isQuicklook)
        if images.isEmpty { return nil }
        self.files = images.count
        images.sort { ($0.acquired, $0.archived, $0.place) > ($1.acquired, $1.archived, $1.place) }
        let lines = try ManifestLines(known.manifests)
        var scenes: Set<Substring> = []
        for file in images.prefix(Self.mostSeen) where self.newest.count < Self.most {
            if stop.isRaised { throw CancellationError() }
            guard !file.result.isDamage, let entry = try lines.entry(at: file.place) else { continue }
            let name = SystemCalls.name(of: entry.path)
            guard let mark = name.firstRange(of: Self.mark) else { continue }
            let scene = name[..<mark.lowerBound]
            let shared = scene.hasSuffix("_rgb") ? scene.dropLast(4) : scene
            guard scenes.insert(shared).inserted else { continue }
            let day = file.acquired > 0 ? AcquisitionDay(number: file.acquired).text : nil
            self.newest.append(Image(path: entry.path, day: day, size: entry.size))
        }
    }
}
