import CChecksums

/// Whole blocks of several `BlockDigest`s, to be compressed together.
///
/// A digest is bound by the latency of its own steps, so that several at once, side by side in vectors, take little longer
/// than one.
struct BlockWork {
    private struct Lane {
        var state: UnsafeMutablePointer<UInt32>
        var data: UnsafePointer<UInt8>
        var blocks: Int
    }

    private var lanes: [Lane] = []

    /// Adds blocks of a digest that has none here yet. Both must stay valid until `run`.
    mutating func append(_ digest: BlockDigest, _ blocks: UnsafeRawBufferPointer) {
        guard let data = blocks.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
        self.lanes.append(Lane(state: digest.state, data: data, blocks: blocks.count / BlockDigest.blockSize))
    }

    /// Compresses everything and is empty again.
    mutating func run() {
        let set = InstructionSets.current.md5
        let width = InstructionSets.current.md5Lanes
        while self.lanes.count >= 2, width >= 2 {
            // The longest go first; all of a group go as far as its shortest.
            self.lanes.sort { $0.blocks > $1.blocks }
            let count = min(width, self.lanes.count)
            let blocks = self.lanes[count - 1].blocks
            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt32>.self, capacity: count) { states in
                withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>.self, capacity: count) { data in
                    for index in 0..<count {
                        states.initializeElement(at: index, to: self.lanes[index].state)
                        data.initializeElement(at: index, to: self.lanes[index].data)
                        self.lanes[index].data += blocks * BlockDigest.blockSize
                        self.lanes[index].blocks -= blocks
                    }
                    if let states = states.baseAddress, let data = data.baseAddress {
                        checksums_md5_lane_blocks(set, count, states, data, blocks)
                    }
                }
            }
            self.lanes.removeAll { $0.blocks == 0 }
        }
        for lane in self.lanes { checksums_md5_blocks(lane.state, lane.data, lane.blocks) }
        self.lanes.removeAll(keepingCapacity: true)
    }
}
