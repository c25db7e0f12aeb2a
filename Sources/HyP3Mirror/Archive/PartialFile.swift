import Glibc
import SystemPackage

/// The staged bytes of one product, and the record that lets a later run go on with them.
///
/// Written in chunks that may come in any order. Used by one thread at a time (its product's lane), which is why it may
/// be handed between threads.
package final class PartialFile: @unchecked Sendable {
    /// Bytes of a chunk: the unit of writing and of the resume record. A kill costs less than one a connection.
    package static let chunkSize = 256 * 1024
    /// Below this an object is fetched anew rather than resumed; a record would cost more than it saves.
    package static let smallestResumable: Int64 = 1 << 20

    /// What the record's name has more than the data's.
    package static let recordSuffix = ".resume"

    package let path: String
    private let recordPath: String
    private let url: String
    private let target: String
    private let descriptor: Int32
    private var recordDescriptor: Int32 = -1
    private var marksOffset = 0
    private var record: ResumeRecord?
    private var hasUnsyncedMarks = false
    /// Neither data nor record has anything in it.
    private var isUntouched = false
    private var checkpointedAt = ContinuousClock.now

    /// Opens or makes the staged file for `target` (its path in the project) from `url`.
    package init(path: String, url: String, target: String, boot: String) throws {
        self.path = path
        self.recordPath = path + Self.recordSuffix
        self.url = url
        self.target = target
        self.descriptor = try SystemCalls.open(path, O_RDWR | O_CREAT, for: "stage")
        self.record = try self.readRecord(boot: boot)
        // Bytes without a record prove nothing.
        if self.record == nil, !self.isUntouched { try self.discard() }
    }

    deinit {
        close(self.descriptor)
        if self.recordDescriptor >= 0 { close(self.recordDescriptor) }
    }

    /// What the service said when the staged bytes came; nil when there is nothing to go on with.
    package var resumable: ResumeRecord? { self.record }

    /// The file's descriptor, for reading; valid as long as this object is.
    package var readableDescriptor: Int32 { self.descriptor }

    private func readRecord(boot: String) throws -> ResumeRecord? {
        guard let bytes = try SystemCalls.contents(of: self.recordPath) else {
            self.isUntouched = try SystemCalls.length(of: self.descriptor, path: self.path) == 0
            return nil
        }
        guard var record = ResumeRecord(parsing: bytes, boot: boot),
            record.header.url == self.url, record.header.path == self.target,
            record.header.chunk == Self.chunkSize, record.header.evidence.strongETag != nil
        else { return nil }
        // What a mark claims must lie inside the file, whatever happened to it meanwhile.
        let length = try SystemCalls.length(of: self.descriptor, path: self.path)
        for index in record.marks.indices {
            let end = min(Int64(index + 1) * Int64(Self.chunkSize), record.header.total)
            if end > length { record.marks[index] = .nothing }
        }
        guard record.marks.contains(where: { $0 != .nothing }) else { return nil }
        try self.write(record)
        return record
    }

    /// Forgets all staged bytes.
    package func discard() throws {
        guard !self.isUntouched else { return }
        self.isUntouched = true
        self.record = nil
        self.hasUnsyncedMarks = false
        if self.recordDescriptor >= 0 { close(self.recordDescriptor) }
        self.recordDescriptor = -1
        try SystemCalls.remove(self.recordPath)
        try SystemCalls.truncate(self.descriptor, to: 0, path: self.path)
    }

    /// Begins the record of a new object, if it is one that can be resumed.
    package func begin(total: Int64, evidence: ServiceEvidence, boot: String) throws {
        guard total > Self.smallestResumable, evidence.strongETag != nil else { return }
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
        try self.write(record)
        self.record = record
    }

    private func write(_ record: ResumeRecord) throws {
        let (bytes, offset) = try record.encoded()
        let descriptor = try SystemCalls.open(self.recordPath, O_RDWR | O_CREAT | O_TRUNC, for: "stage")
        if self.recordDescriptor >= 0 { close(self.recordDescriptor) }
        self.recordDescriptor = descriptor
        self.marksOffset = offset
        try bytes.withUnsafeBytes { try SystemCalls.write($0, to: descriptor, at: 0, path: self.recordPath) }
    }

    /// Writes one chunk (only an object's last may be shorter than `chunkSize`) and marks it.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        self.isUntouched = false
        try SystemCalls.write(bytes, to: self.descriptor, at: offset, path: self.path)
        let index = Int(offset / Int64(Self.chunkSize))
        guard let mark = self.record?.marks[checked: index] else { return }
        if mark != .durable {
            self.record?.marks[index] = .written
            self.hasUnsyncedMarks = true
            try self.writeMarks(index..<index + 1)
        }
        if self.checkpointedAt.duration(to: .now) > .seconds(1) { try self.checkpoint() }
    }

    /// Makes what is written durable, and then the record say so.
    package func checkpoint() throws {
        self.checkpointedAt = .now
        guard self.hasUnsyncedMarks, let marks = self.record?.marks else { return }
        try SystemCalls.synchronizeData(self.descriptor, path: self.path)
        self.record?.marks = marks.map { $0 == .written ? .durable : $0 }
        self.hasUnsyncedMarks = false
        try self.writeMarks(marks.indices)
        try SystemCalls.synchronizeData(self.recordDescriptor, path: self.recordPath)
        self.checkpointedAt = .now
    }

    private func writeMarks(_ range: Range<Int>) throws {
        guard let bytes = self.record?.marks[range].map(\.rawValue) else { return }
        try bytes.withUnsafeBytes {
            try SystemCalls.write(
                $0,
                to: self.recordDescriptor,
                at: Int64(self.marksOffset + range.lowerBound),
                path: self.recordPath
            )
        }
    }

    /// Reads staged bytes back.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        try SystemCalls.read(self.descriptor, into: buffer, at: offset, path: self.path)
    }

    /// fsync(2) of the data.
    package func synchronize() throws {
        try SystemCalls.synchronize(self.descriptor, path: self.path)
    }

    /// Removes the record; the data has got its product's name.
    package func removeRecord() throws {
        guard self.recordDescriptor >= 0 else { return }
        try SystemCalls.remove(self.recordPath)
    }

    /// Removes data and record.
    package func remove() throws {
        try SystemCalls.remove(self.recordPath)
        try SystemCalls.remove(self.path)
    }
}

extension Array {
    /// The element, or nil outside the bounds.
    fileprivate subscript(checked index: Int) -> Element? {
        self.indices.contains(index) ? self[index] : nil
    }
}
