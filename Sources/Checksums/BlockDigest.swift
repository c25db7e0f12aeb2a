import CChecksums

/// MD5 or SHA-256 with a state of our own, so that one call can continue several of them (`BlockWork`), which OpenSSL's
/// interface does not offer.
///
/// One owner at a time, see `StreamDigest`.
final class BlockDigest {
    static let blockSize = 64

    let algorithm: DigestAlgorithm
    /// Eight words, of which MD5 uses four.
    let state: UnsafeMutablePointer<UInt32>
    /// A block not yet full.
    private let pending: UnsafeMutableRawBufferPointer
    private var pendingCount = 0
    private var byteCount: UInt64 = 0

    /// Nil where OpenSSL does better on this CPU.
    init?(_ algorithm: DigestAlgorithm) {
        guard algorithm == .md5 || (algorithm == .sha256 && InstructionSets.current.hasSHA256) else { return nil }
        self.algorithm = algorithm
        self.state = .allocate(capacity: 8)
        self.pending = .allocate(byteCount: Self.blockSize, alignment: 16)
        self.pending.initializeMemory(as: UInt8.self, repeating: 0)
        self.begin()
    }

    deinit {
        self.state.deallocate()
        self.pending.deallocate()
    }

    private func begin() {
        let start: [UInt32] =
            self.algorithm == .md5
            ? [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0, 0, 0, 0]
            : [
                0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
                0x5BE0_CD19,
            ]
        self.state.initialize(from: start, count: 8)
        self.pendingCount = 0
        self.byteCount = 0
    }

    /// Adds `bytes` at the end, but leaves the whole blocks among them to `work`, which must run before anything else is
    /// done with this digest, and before `bytes` end to be valid.
    func add(_ bytes: UnsafeRawBufferPointer, to work: inout BlockWork) {
        var rest = bytes
        self.byteCount &+= UInt64(bytes.count)
        if self.pendingCount > 0 {
            let count = min(Self.blockSize - self.pendingCount, rest.count)
            self.keep(rest.prefix(count))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            guard self.pendingCount == Self.blockSize else { return }
            self.compress(UnsafeRawBufferPointer(self.pending))
            self.pendingCount = 0
        }
        let whole = rest.count & ~(Self.blockSize - 1)
        if whole > 0 { work.append(self, UnsafeRawBufferPointer(rebasing: rest.prefix(whole))) }
        self.keep(rest.dropFirst(whole))
    }

    private func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: self.pending.dropFirst(self.pendingCount))
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes))
        self.pendingCount += bytes.count
    }

    private func clearPending(from used: Int) {
        UnsafeMutableRawBufferPointer(rebasing: self.pending.dropFirst(used)).initializeMemory(
            as: UInt8.self,
            repeating: 0
        )
    }

    /// Continues this digest alone with whole blocks.
    func compress(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
        if self.algorithm == .md5 {
            checksums_md5_blocks(self.state, start, blocks.count / Self.blockSize)
        } else {
            checksums_sha256_blocks(self.state, start, blocks.count / Self.blockSize)
        }
    }

    /// The digest of everything so far; what follows is digested anew.
    func finish() -> Digest {
        // A one bit, zeros, and the length in bits in the last eight bytes of a block (RFC 1321, FIPS 180-4).
        let bits = self.byteCount &<< 3
        self.pending[self.pendingCount] = 0x80
        var used = self.pendingCount + 1
        if used > Self.blockSize - 8 {
            self.clearPending(from: used)
            self.compress(UnsafeRawBufferPointer(self.pending))
            used = 0
        }
        self.clearPending(from: used)
        let isLittleEndian = self.algorithm == .md5
        self.pending.storeBytes(
            of: isLittleEndian ? bits.littleEndian : bits.bigEndian,
            toByteOffset: Self.blockSize - 8,
            as: UInt64.self
        )
        self.compress(UnsafeRawBufferPointer(self.pending))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.algorithm.byteCount)
        for index in 0..<(self.algorithm.byteCount / 4) {
            let word = isLittleEndian ? self.state[index].littleEndian : self.state[index].bigEndian
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        self.begin()
        return Digest(known: self.algorithm, bytes: bytes)
    }
}

/// What this CPU can do, asked once: the question itself is slow on a virtual machine.
struct InstructionSets: Sendable {
    /// The set for several MD5s at once.
    let md5: checksums_md5_set
    /// How many that are.
    let md5Lanes: Int
    /// Whether there are instructions for SHA-256 that `BlockDigest` uses.
    let hasSHA256: Bool

    static let current = InstructionSets()

    private init() {
        self.md5 = checksums_md5_best_set()
        self.md5Lanes = checksums_md5_width(self.md5)
        self.hasSHA256 = checksums_sha256_has_instructions()
    }
}
