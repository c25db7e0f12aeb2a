import CChecksums

/// Whole blocks of several `BlockDigest`s, to be compressed together.
///
/// A digest is bound by the latency of its own steps, so that several at once take little longer than one: MD5s of different
/// messages go side by side in vectors, SHA-256s in pairs, and an MD5 and a SHA-256 of the same bytes as a pair of their own.
struct BlockWork {
    private struct Lane {
        var state: UnsafeMutablePointer<UInt32>
        var data: UnsafePointer<UInt8>
        var blocks: Int
    }

    private var md5: [Lane] = []
    private var sha256: [Lane] = []

    /// Adds blocks of a digest that has none here yet. Both must stay valid until `run`.
    mutating func append(_ digest: BlockDigest, _ blocks: UnsafeRawBufferPointer) {
        guard let data = blocks.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
        let lane = Lane(state: digest.state, data: data, blocks: blocks.count / BlockDigest.blockSize)
        if digest.algorithm == .md5 { self.md5.append(lane) } else { self.sha256.append(lane) }
    }

    /// Compresses everything and is empty again.
    mutating func run() {
        if self.md5.count == 1, self.sha256.count == 1, let first = self.md5.first, let second = self.sha256.first,
            first.data == second.data, first.blocks == second.blocks
        {
            checksums_md5_sha256_blocks(first.state, second.state, first.data, first.blocks)
            self.md5.removeAll(keepingCapacity: true)
            self.sha256.removeAll(keepingCapacity: true)
            return
        }
        self.runMD5()
        self.runSHA256()
    }

    private mutating func runMD5() {
        let set = InstructionSets.current.md5
        let width = InstructionSets.current.md5Lanes
        while self.md5.count >= 2, width >= 2 {
            // The longest go first; all of a group go as far as its shortest.
            self.md5.sort { $0.blocks > $1.blocks }
            let count = min(width, self.md5.count)
            let blocks = self.md5[count - 1].blocks
            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt32>.self, capacity: count) { states in
                withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>.self, capacity: count) { data in
                    for index in 0..<count {
                        states.initializeElement(at: index, to: self.md5[index].state)
                        data.initializeElement(at: index, to: self.md5[index].data)
                        self.md5[index].data += blocks * BlockDigest.blockSize
                        self.md5[index].blocks -= blocks
                    }
                    if let states = states.baseAddress, let data = data.baseAddress {
                        checksums_md5_lane_blocks(set, count, states, data, blocks)
                    }
                }
            }
            self.md5.removeAll { $0.blocks == 0 }
        }
        for lane in self.md5 { checksums_md5_blocks(lane.state, lane.data, lane.blocks) }
        self.md5.removeAll(keepingCapacity: true)
    }

    private mutating func runSHA256() {
        while self.sha256.count >= 2 {
            self.sha256.sort { $0.blocks > $1.blocks }
            let blocks = self.sha256[1].blocks
            checksums_sha256_two_blocks(
                self.sha256[0].state,
                self.sha256[0].data,
                self.sha256[1].state,
                self.sha256[1].data,
                blocks
            )
            self.sha256[0].data += blocks * BlockDigest.blockSize
            self.sha256[0].blocks -= blocks
            self.sha256.remove(at: 1)
            if self.sha256[0].blocks == 0 { self.sha256.remove(at: 0) }
        }
        for lane in self.sha256 { checksums_sha256_blocks(lane.state, lane.data, lane.blocks) }
        self.sha256.removeAll(keepingCapacity: true)
    }
}
