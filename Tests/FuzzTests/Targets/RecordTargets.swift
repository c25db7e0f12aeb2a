import FoundationEssentials
import Glibc
import Logging

@testable import HyP3Mirror

extension FuzzTarget {
    /// How far staged bytes are trusted.
    static let resume = FuzzTarget(name: "resume") { input, _ in
        guard let record = ResumeRecord(parsing: input, boot: "b0") else { return }
        try require(record.marks.count == record.header.count, "\(record.marks.count) marks of \(record.header.count)")
        try require(record.marks.count <= input.count, "more marks than bytes")
        let spans = record.spans { $0 != .nothing }
        let isInside = spans.allSatisfy { $0.lowerBound >= 0 && !$0.isEmpty && $0.upperBound <= record.header.total }
        try require(isInside, "staged bytes \(spans) of \(record.header.total)")
        let again = ResumeRecord(parsing: try record.encoded().bytes, boot: "b0")
        try require(again == record, "written and read again it is another record")
        let later = ResumeRecord(parsing: try record.encoded().bytes, boot: "b1")
        try require(later?.marks.contains(.written) == false, "what was written before a reboot is trusted")
    }

    /// Lines of a manifest between good ones, and at the end of a file that somebody goes on with.
    static let manifest = FuzzTarget(name: "manifest") { input, scratch in
        let project = try scratch.project()
        let good = try (1...3).map { try ManifestEntry.example("fuzz-good-\($0).tif").line() }
        try scratch.write(good[0] + input + [10] + good[1], to: "p/.hyp3-mirror/manifest.jsonl")
        try requireRead(project, good[0...1])
        // A crash has torn the last line; whoever comes next adds his own.
        try scratch.write(good[0] + good[1] + input, to: "p/.hyp3-mirror/manifest.jsonl")
        try LineFile(project.manifest).append(good[2])
        try requireRead(project, good[0...2])
        let known = try KnownFiles(project)
        try require(known.contains("fuzz-good-3.tif"), "the line behind a torn one is not known")
        _ = known.due(sample: try Shard("1/3"))
    }

    private static func requireRead(_ project: ProjectDirectory, _ lines: ArraySlice<[UInt8]>) throws {
        var found: Set<[UInt8]> = []
        try ManifestReader(project: project).read { line, _ in
            found.insert(Array(line.bytes) + [10])
            _ = line.owner
            let path = line.withPath { Array($0) }
            guard let path, let entry = ManifestEntry(line: line.bytes) else { return }
            // Two readers of one line.
            let isSame = entry.size == line.size && Array(entry.path.utf8) == path
            try require(isSame, "a line is read in two ways: \(String(decoding: line.bytes, as: UTF8.self))")
        }
        for line in lines {
            try require(found.contains(line), "a good line is lost: \(String(decoding: line, as: UTF8.self))")
        }
    }

    /// Lines of a journal between a good one whose product is staged and one whose product is in place.
    static let journal = FuzzTarget(name: "journal") { input, scratch in
        let project = try scratch.project()
        let staged = ManifestEntry.example("staged.tif")
        let placed = ManifestEntry.example("placed.tif")
        let bytes = Array(ManifestEntry.exampleText.utf8)
        unlink(project.path(of: staged.path))
        let staging = try project.staged(path: staged.path, url: staged.url)
        try scratch.write(bytes, to: "p/.hyp3-mirror/partial/" + SystemCalls.name(of: staging))
        try scratch.write(bytes, to: "p/placed.tif")
        try scratch.write([1, 2, 3], to: "p/other.tif")
        try scratch.write([], to: "p/.hyp3-mirror/manifest.jsonl")
        try scratch.write([], to: "p/SHA256SUMS")
        try scratch.write(try staged.line() + input + [10] + placed.line(), to: "p/.hyp3-mirror/journal.jsonl")
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        try CommitBatch(project, logger: logger).recover()
        var found: Set<String> = []
        try ManifestReader(project: project).read { line, _ in
            _ = line.withPath { found.insert(String(decoding: $0, as: UTF8.self)) }
        }
        try require(found.isSuperset(of: ["staged.tif", "placed.tif"]), "of a journal only \(found.sorted()) is done")
        for path in ["staged.tif", "placed.tif"] {
            let file = try SystemCalls.contents(of: project.path(of: path))
            try require(file == bytes, "\(path) is not in place with its bytes")
        }
        let other = try SystemCalls.contents(of: project.path(of: "other.tif"))
        try require(other == [1, 2, 3], "a file that was in place is another")
        let outside = try SystemCalls.names(in: scratch.path).filter { $0 != "p" }
        try require(outside.isEmpty, "\(outside) lies outside of the project")
    }

    /// Lines of a list of runs between good ones.
    static let runs = FuzzTarget(name: "runs") { input, scratch in
        let project = try scratch.project()
        let now = Date(timeIntervalSince1970: 1_722_500_000)
        let good = [1, 2].map { RunRecord.example(now.addingTimeInterval(Double($0) * 3600 - 9 * 86400)) }
        let lines = try good.map { try JSONLines.encode([$0]) }
        try scratch.write(lines[0] + input + [10] + lines[1], to: "p/.hyp3-mirror/runs.jsonl")
        let history = try RunHistory(reading: project.runs)
        for record in good { try require(history.records.contains(record), "a good line of a run is lost") }
        for query in Set(history.records.map(\.query)) {
            _ = history.earlierRuns(query, now: now)
            _ = history.listingStart(query: query, suffixes: ["_VV.tif"], requestedFrom: nil, now: now)
            _ = history.keptSince(["_VV.tif"], query: query, started: now)
            _ = (history.met(query), history.lastPlanned(query), history.runs(of: query).count)
        }
        _ = history.lastRate
        let kept = RunHistory.kept(history.records, now: now)
        try require(kept == kept.sorted() && Set(kept).count == kept.count, "records are kept twice or out of order")
        try RunHistory.thin(project.runs, room: 1, now: now)
        let thinned = try RunHistory(reading: project.runs)
        let isSame = thinned.lastComplete("fuzz-good", now: now) == history.lastComplete("fuzz-good", now: now)
        try require(isSame, "thinned out, the history tells of another last complete run")
    }

    /// Lines of a list of absences between good ones.
    static let absences = FuzzTarget(name: "absences") { input, scratch in
        let project = try scratch.project()
        let now = Date(timeIntervalSince1970: 1_722_500_000)
        let good = (1...2).map { number in
            var book = AbsenceBook()
            _ = book.recordLost(.example("fuzz-good-\(number).tif"), now: now)
            return book
        }
        let lines = try good.map { try $0.lines(shard: nil, now: now) }
        try scratch.write(lines[0] + input + [10] + lines[1], to: "p/.hyp3-mirror/absent.jsonl")
        let book = try AbsenceBook(reading: [project.absent])
        let files = Set(book.settled.map(\.file))
        try require(files.isSuperset(of: ["fuzz-good-1.tif", "fuzz-good-2.tif"]), "a good line of a loss is lost")
        _ = (book.openSince(now: now), book.acceptingDamage.count)
        let kept = try book.lines(shard: nil, now: now)
        for line in kept.split(separator: 10) {
            let record = line.withUnsafeBytes { JSONLines.decode(AbsenceRecord.self, line: $0) }
            guard let record else { throw BrokenProperty(description: "a line is written that cannot be read") }
            _ = (record.clause, record.pastReason, record.isDue(now: now), record.isOpen(now: now))
            var asked = record
            asked.askAgain(.absent, nil, now: now)
        }
        try scratch.write(kept, to: "p/.hyp3-mirror/absent.jsonl")
        let again = try AbsenceBook(reading: [project.absent]).lines(shard: nil, now: now)
        try require(again == kept, "written and read again it is another book")
    }

    /// Lines of a checksum list.
    static let checksumList = FuzzTarget(name: "checksum-list") { input, scratch in
        let project = try scratch.project()
        let good = ["a", "b", "c"].map { Array("\(String(repeating: $0, count: 64))  \($0).tif\n".utf8) }
        try scratch.write([], to: "p/.hyp3-mirror/journal.jsonl")
        try scratch.write(good[0] + good[1] + input, to: "p/SHA256SUMS")
        let list = ChecksumList(project: project)
        try list.append(good[2])
        try list.rewrite { line in
            let path = String(decoding: line.path, as: UTF8.self)
            return path == "b.tif" ? .drop : path == "c.tif" ? .move(to: Array("d/c.tif".utf8)) : .keep
        }
        let text = String(decoding: try SystemCalls.contents(of: project.checksums) ?? [], as: UTF8.self)
        let lines = text.utf8.split(separator: 10).map { String(Substring($0)) }
        try require(lines.contains(String(decoding: good[0].dropLast(), as: UTF8.self)), "a good line is lost")
        try require(lines.contains("\(String(repeating: "c", count: 64))  d/c.tif"), "a line behind a torn one is lost")
        let dropped = String(decoding: good[1].dropLast(), as: UTF8.self)
        try require(!lines.contains(dropped), "a line is kept that was dropped")
    }
}

extension ScratchDirectory {
    /// A project in it, with room for staging.
    fileprivate func project() throws -> ProjectDirectory {
        let project = ProjectDirectory(self.path + "/p")
        if try SystemCalls.kind(of: project.staging) == nil { _ = try SystemCalls.makeDirectories(project.staging) }
        return project
    }
}

extension HyP3Mirror.Product {
    fileprivate static func example(_ path: String) -> HyP3Mirror.Product {
        let job = Job(
            id: "j",
            type: "RTC_GAMMA",
            name: "n",
            status: .succeeded,
            requestTime: Date(timeIntervalSince1970: 1_722_000_000),
            expires: nil,
            files: []
        )
        return Product(file: path, path: path, url: "https://b.example/\(path)", provenance: Provenance(job))
    }
}

extension ManifestEntry {
    fileprivate static let exampleText = "bytes of a product\n"

    fileprivate static func example(_ path: String) -> ManifestEntry {
        ManifestEntry(
            .example(path),
            size: Int64(Self.exampleText.utf8.count),
            sha256: "d1650b71f7647fffa2f50c4794202a9b4df8a08c2767ec304c1dddd3814a2109",
            etag: "\"e\"",
            proof: .md5ETag,
            archived: Date(timeIntervalSince1970: 1_722_100_000)
        )
    }
}

extension RunRecord {
    fileprivate static func example(_ started: Date) -> RunRecord {
        var record = RunRecord(
            started: started,
            ended: started.addingTimeInterval(60),
            exit: 0,
            isComplete: true,
            isFull: true,
            query: "fuzz-good"
        )
        record.suffixes = ["_VV.tif": record.started]
        record.newestRequest = record.started
        return record
    }
}
