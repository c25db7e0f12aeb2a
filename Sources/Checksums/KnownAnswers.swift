import CChecksums

/// Questions to the MD5 kernels whose answers are known.
enum KnownAnswers {
    private static let blocks = 3

    /// Bytes of one message; each has others.
    static func message(_ number: Int) -> [UInt8] {
        (0..<blocks * BlockDigest.blockSize).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 31) }
    }

    /// The state after message 0, made with another implementation of MD5.
    private static let answer: [UInt32] = [0x947B_FC5A, 0x7D8D_F4A6, 0x18DB_B13E, 0x7E12_2C8E]

    /// Whether a set of instructions, which this CPU must have, computes MD5s right: one, and every number at once for
    /// which it has a kernel of its own.
    static func passes(_ set: checksums_md5_set) -> Bool {
        let messages = (0..<16).map { Self.message($0) }
        let expected = messages.map { message in
            var state = BlockDigest.start
            checksums_md5_blocks(&state, message, Self.blocks)
            return state
        }
        guard expected[0] == Self.answer else { return false }
        guard set != checksums_md5_scalar else { return true }
        return [2, 5, 9, 16].allSatisfy { Self.together(set, messages.prefix($0)) == Array(expected.prefix($0)) }
    }

    private static func together(_ set: checksums_md5_set, _ messages: ArraySlice<[UInt8]>) -> [[UInt32]] {
        let states = UnsafeMutablePointer<UInt32>.allocate(capacity: 4 * messages.count)
        defer { states.deallocate() }
        for index in messages.indices { (states + 4 * index).initialize(from: BlockDigest.start, count: 4) }
        Array(messages.joined()).withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            checksums_md5_lane_blocks(
                set,
                messages.count,
                messages.indices.map { states + 4 * $0 },
                messages.indices.map { base + Self.blocks * BlockDigest.blockSize * $0 },
                Self.blocks
            )
        }
        return messages.indices.map { lane in (0..<4).map { states[4 * lane + $0] } }
    }
}
