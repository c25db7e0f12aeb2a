import CChecksums

/// MD5 with a state of our own, so that one call can continue several of them (`BlockWork`), which OpenSSL's interface does
/// not offer.
///
/// One owner at a time, see `StreamDigest`.
final class BlockDigest {
    static let blockSize = 64

    /// Four words.
    let state: UnsafeMutablePointer<UInt32>
    /// A block not yet full.
    private let pending: UnsafeMutableRawBufferPointer
    private var pendingCount = 0
    private var byteCount: UInt64 = 0

    init() {
        self.state = .allocate(capacity: 4)
        self.pending = .allocate(byteCount: Self.blockSize, alignment: 16)
        self.pending.initializeMemory(as: UInt8.self, repeating: 0)
        self.begin()
    }

    deinit {
        self.state.deallocate()
        self.pending.deallocate()
    }

    /// The state before the first block (RFC 1321, section 3.3).
    static let start: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]

    private func begin() {
        self.state.initialize(from: Self.start, count: 4)
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
        checksums_md5_blocks(self.state, start, blocks.count / Self.blockSize)
    }

    /// The digest of everything so far; what follows is digested anew.
    func finish() -> Digest {
        // A one bit, zeros, and the length in bits in the last eight bytes of a block (RFC 1321).
        let bits = self.byteCount &<< 3
        self.pending[self.pendingCount] = 0x80
        var used = self.pendingCount + 1
        if used > Self.blockSize - 8 {
            self.clearPending(from: used)
            self.compress(UnsafeRawBufferPointer(self.pending))
            used = 0
        }
        self.clearPending(from: used)
        self.pending.storeBytes(of: bits.littleEndian, toByteOffset: Self.blockSize - 8, as: UInt64.self)
        self.compress(UnsafeRawBufferPointer(self.pending))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(DigestAlgorithm.md5.byteCount)
        for index in 0..<4 { withUnsafeBytes(of: self.state[index].littleEndian) { bytes.append(contentsOf: $0) } }
        self.begin()
        return Digest(known: .md5, bytes: bytes)
    }
}
