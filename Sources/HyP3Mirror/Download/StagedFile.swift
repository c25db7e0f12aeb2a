import Glibc
import SystemPackage

/// The staged bytes of one product, and the record that lets a later run go on with them.
///
/// Written in chunks that may come in any order. Used by one thread at a time (its product's lane), which is why it may
/// be handed between threads.
package final class StagedFile: @unchecked Sendable {
    /// Bytes of a chunk: the unit of writing and of the resume record. A kill costs less than one a connection.
    package static let chunkSize = 256 * 1024
    /// Below this an object is fetched anew rather than resumed; a record would cost more than it saves.
    package static let smallestResumable: Int64 = 1 << 20
    /// Above this, too: a record costs a byte a chunk on disk and in memory.
    package static let largestResumable: Int64 = 1 << 42

    /// What the record's name has more than the data's.
    package static let recordSuffix = ".resume"
    /// What the name of a record in the making has more than the record's.
    static let copySuffix = ".new"

    package let path: String
    private let recordPath: String
    private let url: String
    private let target: String
    private let data: DurableFile
    private var recordFile: DurableFile?
    private var marksOffset = 0
    private var record: ResumeRecord?
    /// Neither data nor record has anything in it.
    private var isUntouched = false
    private var checkpointedAt = ContinuousClock.now
    private var isCheckpointing = false
    /// Counts up whenever the record becomes another object's.
    private var generation = 0

    /// Opens or makes the staged file for `target` (its path in the project) from `url`.
    package init(path: String, url: String, target: String, boot: String) throws {
        self.path = path
        self.recordPath = path + Self.recordSuffix
        self.url = url
        self.target = target
        self.data = try DurableFile(path, O_RDWR | O_CREAT, for: "stage")
        self.record = try self.readRecord(boot: boot)
        // Bytes without a record prove nothing.
        if self.record == nil, !self.isUntouched { try self.discard() }
    }

    /// What the service said when the staged bytes came; nil when there is nothing to go on with.
    package var resumable: ResumeRecord? { self.record }

    /// The file's descriptor, for reading; valid as long as this object is.
    package var readableDescriptor: Int32 { self.data.descriptor }

    private func readRecord(boot: String) throws -> ResumeRecord? {
        guard let bytes = try SystemCalls.contents(of: self.recordPath) else {
            self.isUntouched = try SystemCalls.length(of: self.data.descriptor, path: self.path) == 0
            return nil
        }
        guard var record = ResumeRecord(parsing: bytes, boot: boot),
            record.header.url == self.url, record.header.path == self.target,
            record.header.chunk == Self.chunkSize, record.header.evidence.strongETag != nil
        else { return nil }
        // What a mark claims must lie inside the file, whatever happened to it meanwhile.
        let length = try SystemCalls.length(of: self.data.descriptor, path: self.path)
        for index in record.marks.indices {
            let start = Int64(index) * Int64(Self.chunkSize)
            if min(Int64(Self.chunkSize), record.header.total - start) > length - start {
                record.marks[index] = .nothing
            }
        }
        guard record.marks.contains(where: { $0 != .nothing }) else { return nil }
        try self.open(record, asItStands: bytes)
        return record
    }

    /// Opens the record to go on with it. What has to change in it – another boot, marks that claim too much – changes in a
    /// copy that then takes its place: a kill at any instant leaves the one or the other.
    private func open(_ record: ResumeRecord, asItStands bytes: [UInt8]) throws {
        let (wanted, offset) = try record.encoded()
        if wanted == bytes {
            self.recordFile = try DurableFile(self.recordPath, O_RDWR, for: "stage")
        } else {
            let copy = self.recordPath + Self.copySuffix
            let file = try Self.make(copy, of: wanted)
            try file.synchronizeData()
            try SystemCalls.replace(self.recordPath, with: copy)
            self.recordFile = file
        }
        self.marksOffset = offset
    }

    private static func make(_ path: String, of bytes: [UInt8]) throws -> DurableFile {
        let file = try DurableFile(path, O_RDWR | O_CREAT | O_TRUNC, for: "stage")
        try bytes.withUnsafeBytes { try SystemCalls.write($0, to: file.descriptor, at: 0, path: path) }
        return file
    }

    /// Forgets all staged bytes.
    package func discard() throws {
        guard !self.isUntouched else { return }
        self.isUntouched = true
        self.record = nil
        self.recordFile = nil
        self.generation += 1
        try SystemCalls.remove(self.recordPath)
        try SystemCalls.truncate(self.data.descriptor, to: 0, path: self.path)
    }

    /// Begins the record of a new object, if it is one that can be resumed.
    package func begin(total: Int64, evidence: ServiceEvidence, boot: String) throws {
        guard total > Self.smallestResumable, total <= Self.largestResumable, evidence.strongETag != nil else { return }
        self.isUntouched = false
        let record = ResumeRecord(
            header: .init(
                url: self.url,
                path: self.target,
                total: total,
                chunk: Self.chunkSize,
                boot: boot,
                evidence: evidence
            )
        )
        let (bytes, offset) = try record.encoded()
        self.recordFile = try Self.make(self.recordPath, of: bytes)
        self.marksOffset = offset
        self.record = record
        self.generation += 1
    }

    /// Writes one chunk (only an object's last may be shorter than `chunkSize`) and marks it.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        self.isUntouched = false
        try SystemCalls.write(bytes, to: self.data.descriptor, at: offset, path: self.path)
        let index = Int(offset / Int64(Self.chunkSize))
        guard let mark = self.record?.marks[checked: index], mark != .durable else { return }
        self.record?.marks[index] = .written
        try self.writeMarks(index..<index + 1)
    }

    /// One flush of what is written by now, and the marks that may say "durable" after it.
    package struct Checkpoint: Sendable {
        fileprivate var data: DurableFile
        fileprivate var record: DurableFile
        fileprivate var written: [Int]
        fileprivate var generation: Int

        /// Makes the data durable, and what the record said before. Any thread; blocks as long as the disk takes.
        package func flush() throws {
            try self.data.synchronizeData()
            try self.record.synchronizeData()
        }
    }

    /// A checkpoint to be flushed and then ended, once a second at most and one at a time; nil while none is due.
    package func beginCheckpoint() -> Checkpoint? {
        guard !self.isCheckpointing, self.checkpointedAt.duration(to: .now) > .seconds(1),
            let checkpoint = self.makeCheckpoint()
        else { return nil }
        self.isCheckpointing = true
        return checkpoint
    }

    /// Has the record say what a flushed checkpoint made durable.
    package func end(_ checkpoint: Checkpoint) throws {
        self.isCheckpointing = false
        self.checkpointedAt = .now
        try self.mark(checkpoint)
    }

    /// Makes what is written durable, and then the record say so.
    package func checkpoint() throws {
        guard let checkpoint = self.makeCheckpoint() else { return }
        try checkpoint.data.synchronizeData()
        try self.mark(checkpoint)
        try checkpoint.record.synchronizeData()
    }

    /// Keeps of what is staged what a later run can go on with: all of it, made durable, or what was made durable before the
    /// disk failed to.
    package func keep() throws {
        if !self.data.hasLostWrites {
            do {
                return try self.checkpoint()
            } catch  where self.data.hasLostWrites {
                // Found out just now.
            }
        }
        guard let marks = self.record?.marks else { return }
        for index in marks.indices where marks[index] == .written { self.record?.marks[index] = .nothing }
        try self.writeMarks(marks.indices)
    }

    private func makeCheckpoint() -> Checkpoint? {
        guard let marks = self.record?.marks, let file = self.recordFile else { return nil }
        let written = marks.indices.filter { marks[$0] == .written }
        guard !written.isEmpty else { return nil }
        return Checkpoint(data: self.data, record: file, written: written, generation: self.generation)
    }

    private func mark(_ checkpoint: Checkpoint) throws {
        guard checkpoint.generation == self.generation, let first = checkpoint.written.first,
            let last = checkpoint.written.last
        else { return }
        for index in checkpoint.written { self.record?.marks[index] = .durable }
        try self.writeMarks(first..<last + 1)
    }

    private func writeMarks(_ range: Range<Int>) throws {
        guard let bytes = self.record?.marks[range].map(\.rawValue), let file = self.recordFile else { return }
        try bytes.withUnsafeBytes {
            try SystemCalls.write(
                $0,
                to: file.descriptor,
                at: Int64(self.marksOffset + range.lowerBound),
                path: self.recordPath
            )
        }
    }

    /// Reads staged bytes back.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        try SystemCalls.read(self.data.descriptor, into: buffer, at: offset, path: self.path)
    }

    /// fsync(2) of the data.
    package func synchronize() throws {
        try self.data.synchronize()
    }

    /// Removes the record; the data has got its product's name.
    package func removeRecord() throws {
        guard self.recordFile != nil else { return }
        try SystemCalls.remove(self.recordPath)
    }

    /// Removes data and record.
    package func remove() throws { try Self.remove(self.path) }

    /// Removes what is staged at a path, data and record; nothing may be writing to it.
    static func remove(_ path: String) throws {
        try SystemCalls.remove(path + Self.recordSuffix)
        try SystemCalls.remove(path)
    }
}

extension Array {
    /// The element, or nil outside the bounds.
    fileprivate subscript(checked index: Int) -> Element? {
        self.indices.contains(index) ? self[index] : nil
    }
}
