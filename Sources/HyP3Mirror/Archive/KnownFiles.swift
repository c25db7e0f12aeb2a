import Glibc

/// The products that the manifests know, each once by its path, with when it was last verified. A million of them take
/// 64 MB. Blocks while it is read.
struct KnownFiles: Sendable {
    /// One product.
    struct Known: Sendable {
        /// `ByteStrings.hash` of its file name, and of its path below the project's directory.
        let name: UInt64
        let path: UInt64
        /// Of the line that counts.
        let place: ManifestReader.Place
        /// Bytes, as recorded.
        let size: Int64
        /// When its contents last changed as it was verified last, nanoseconds since 1970; -1 for not noted.
        fileprivate(set) var modified: Int64 = -1
        /// When it was archived, and when it was last verified after that (0 for never), whole seconds since 1970.
        let archived: UInt32
        fileprivate(set) var verified: UInt32 = 0
        /// When the line was written, to tell which lines count.
        fileprivate let written: UInt32
        /// The first bits of a number that stands for its SHA-256.
        let digest: UInt32
        fileprivate let isMove: Bool
        /// What the last verification found; intact where there was none.
        fileprivate(set) var result = VerificationResult.intact
        /// When its scene was taken, by its name: days since 1970; 0 where the name does not say, or nobody asked.
        let acquired: UInt16
        /// Whether it is an image beside products.
        let isQuicklook: Bool

        fileprivate init?(_ line: ManifestLine, _ place: ManifestReader.Place, isDated: Bool) {
            let hashes = line.withPath { (ByteStrings.hash(ArchiveIndex.split(path: $0).name), ByteStrings.hash($0)) }
            guard let hashes, let archived = CivilTime.seconds(ofText: line.archived) else { return nil }
            (self.name, self.path) = hashes
            self.place = place
            self.size = line.size
            self.archived = archived
            self.written = CivilTime.seconds(ofText: line.written) ?? archived
            self.digest = UInt32(truncatingIfNeeded: line.digest)
            self.isMove = line.isMove
            self.isQuicklook = line.isQuicklook
            self.acquired = isDated ? line.withPath { AcquisitionDay(ofPath: $0).number } ?? 0 : 0
        }

        /// When its bytes were last known to be right, or at least looked at: the older, the sooner it is verified.
        var lastSeen: UInt32 { max(self.verified, self.archived) }
    }

    /// In the order of `name` and `path`.
    private(set) var all: [Known] = []
    /// Lines of all manifests, and of the log, those that count no more among them.
    private(set) var manifestLines = 0
    private(set) var logLines = 0
    /// The manifests, by the number that places have.
    let manifests: [String]

    /// Bytes that a line has at least: room is taken for so many lines, and used for those that there are.
    private static let shortLine: Int64 = 400

    /// - Parameter isDated: read from the names when scenes were taken.
    /// - Throws: `FilesystemError`, `CancellationError`.
    init(_ project: ProjectDirectory, isDated: Bool = false, stop: StopFlag = StopFlag()) throws {
        self.manifests = try project.parts(with: "manifest").map(\.manifest)
        var lines: [Known] = []
        let bytes = try self.manifests.reduce(Int64(0)) { try $0 + (SystemCalls.size(of: $1) ?? 0) }
        lines.reserveCapacity(Int(clamping: bytes / Self.shortLine))
        for (number, file) in self.manifests.enumerated() {
            try LineReader(path: file, stop: stop).read { line in
                let place = ManifestReader.Place(file: number, offset: line.offset)
                guard let known = ManifestLine(line.bytes).flatMap({ Known($0, place, isDated: isDated) }) else {
                    return
                }
                lines.append(known)
            }
        }
        self.manifestLines = lines.count
        lines.sort { ($0.name, $0.place) < ($1.name, $1.place) }
        var (start, kept) = (0, 0)
        while start < lines.count {
            var end = start + 1
            while end < lines.count, lines[end].name == lines[start].name { end += 1 }
            for known in Self.counting(lines[start..<end]) {
                lines[kept] = known
                kept += 1
            }
            start = end
        }
        lines.removeSubrange(kept...)
        self.all = lines
        lines = []
        try VerificationLog(project: project, stop: stop).read { line in
            self.logLines += 1
            guard let (name, path) = line.hashes, let index = self.index(of: name, path),
                line.verified >= self.all[index].archived
            else { return }
            self.all[index].verified = line.verified
            self.all[index].result = line.result
            // What was wrong is no measure for what comes.
            if line.result == .intact { self.all[index].modified = line.modified ?? -1 }
        }
    }

    /// Of the lines of one file name, in the order of places, those that count: the last of each path, unless a later one
    /// says that the same bytes were moved.
    private static func counting(_ lines: ArraySlice<Known>) -> [Known] {
        if lines.count == 1 { return Array(lines) }
        var last: [UInt64: Known] = [:]
        for line in lines {
            // In one manifest the later line counts; over several the one that was written later.
            if let before = last[line.path], before.place.file != line.place.file, before.written > line.written {
                continue
            }
            last[line.path] = line
        }
        let moves = last.values.filter(\.isMove)
        let counting = last.values.filter { line in
            !moves.contains {
                $0.path != line.path && $0.digest == line.digest && ($0.written, $0.place) > (line.written, line.place)
            }
        }
        return counting.sorted { $0.path < $1.path }
    }

    /// Where the product stands in `all`; nil for one that no manifest knows.
    func index(of name: UInt64, _ path: UInt64) -> Int? {
        let index = self.lowerBound(name, path)
        return index < self.all.count && (self.all[index].name, self.all[index].path) == (name, path) ? index : nil
    }

    /// Whether any product has that file name.
    func hasName(_ name: UInt64) -> Bool {
        let index = self.lowerBound(name, 0)
        return index < self.all.count && self.all[index].name == name
    }

    /// Whether a product is recorded at that path below the project's directory.
    func contains(_ path: String) -> Bool {
        self.index(of: ByteStrings.hash(SystemCalls.name(of: path)), ByteStrings.hash(path)) != nil
    }

    private func lowerBound(_ name: UInt64, _ path: UInt64) -> Int {
        var (low, high) = (0, self.all.count)
        while low < high {
            let middle = (low + high) / 2
            if (self.all[middle].name, self.all[middle].path) < (name, path) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Bytes of all of them, as recorded.
    var bytes: Int64 { self.all.reduce(0) { $0 &+ max(0, $1.size) } }

    /// The part of them whose turn it is: those not looked at for longest, and of those of one moment in the order in which
    /// they were archived, so that the disk is read as it was written.
    ///
    /// - Parameter sample: so much of the bytes of all, K of N parts; runs with K/N take N/K times until all had their
    ///   turn. Nil means all.
    /// - Returns: places in `all`.
    func due(sample: Shard?) -> [Int32] {
        var order = (0..<Int32(clamping: self.all.count)).map(\.self)
        order.sort { a, b in
            let (a, b) = (self.all[Int(a)], self.all[Int(b)])
            // What was archived in a second in which others were verified was never read again.
            return (a.lastSeen, min(a.verified, 1), a.place) < (b.lastSeen, min(b.verified, 1), b.place)
        }
        guard let sample, sample.index < sample.count else { return order }
        // Each file counts a little, so that empty ones have their turn, too.
        func weight(_ size: Int64) -> Double { Double(max(0, size)) + 4096 }
        let total = self.all.reduce(0) { $0 + weight($1.size) }
        let share = total * Double(sample.index) / Double(sample.count)
        var (taken, count) = (0.0, 0)
        for index in order where taken < share {
            taken += weight(self.all[Int(index)].size)
            count += 1
        }
        return Array(order[..<count])
    }
}
