/// Computes a `CompositeDigest` of bytes that arrive in order, in one pass.
///
/// Memory is a few kilobytes whatever the number of parts. The rule of `StreamDigest` about threads holds.
package final class PartedDigest: @unchecked Sendable {
    package let division: PartDivision
    private let part: StreamDigest
    private let whole: StreamDigest
    private var room: Int64
    private var partsDone = 0

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL refuses the algorithm.
    package convenience init(_ algorithm: DigestAlgorithm, _ division: PartDivision) throws(ChecksumError) {
        try self.init(algorithm, division, with: .current)
    }

    init(
        _ algorithm: DigestAlgorithm,
        _ division: PartDivision,
        with sets: InstructionSets
    ) throws(ChecksumError) {
        self.division = division
        self.room = division.length(ofPart: 0)
        self.part = try StreamDigest(algorithm, with: sets)
        self.whole = try StreamDigest(algorithm, with: sets)
    }

    package var algorithm: DigestAlgorithm { self.part.algorithm }

    /// Adds `bytes` at the end.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        var rest = bytes
        var work = BlockWork()
        while !rest.isEmpty {
            let count = Int(min(Int64(rest.count), self.roomInPart))
            try self.add(UnsafeRawBufferPointer(rebasing: rest.prefix(count)), to: &work)
            work.run()
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// How many bytes `add` takes at once; at least 1.
    var roomInPart: Int64 { self.room > 0 ? self.room : self.division.length(ofPart: self.partsDone + 1) }

    /// Adds up to `roomInPart` bytes at the end, at most once before `work` runs, which must be while they are valid.
    func add(_ bytes: UnsafeRawBufferPointer, to work: inout BlockWork) throws(ChecksumError) {
        guard !bytes.isEmpty else { return }
        // A full part ends when the next byte comes, so that a last part that is full is not followed by an empty one.
        if self.room == 0 { try self.endPart() }
        try self.part.add(bytes, to: &work)
        self.room -= Int64(bytes.count)
    }

    /// The composite of everything since the beginning or the last `finish()`; what follows is digested anew.
    /// No bytes at all are one empty part, as S3 has it.
    package func finish() throws(ChecksumError) -> CompositeDigest {
        try self.endPart()
        let parts = self.partsDone
        self.partsDone = 0
        self.room = self.division.length(ofPart: 0)
        return CompositeDigest(digest: try self.whole.finish(), parts: parts)
    }

    private func endPart() throws(ChecksumError) {
        let digest = try self.part.finish()
        try self.whole.update(digest.bytes.span.bytes)
        self.partsDone += 1
        self.room = self.division.length(ofPart: self.partsDone)
    }
}
