import Testing

@testable import HyP3Mirror

@Suite struct `Result of a verification` {
    private static let second: Int64 = 1_000_000_000
    private static let archived: Int64 = 1_764_208_800

    private static func state(_ size: Int64, _ digest: String?, _ modified: Int64?) -> FileState {
        FileState(size: size, modified: modified, sha256: digest)
    }

    /// Size, digest and time of change of the file, against 100 bytes "a" of the given time; and what that is.
    static let cases: [(FileState, Int64?, VerificationResult)] = [
        (state(100, "a", archived * second), archived * second, .intact),
        // Touched, and the same all the same.
        (state(100, "a", (archived + 500) * second), archived * second, .intact),
        (state(100, "b", archived * second + 7), archived * second + 7, .rot),
        (state(100, "b", archived * second + 7), archived * second + 8, .edited),
        (state(100, "b", (archived + 500) * second + 1), archived * second + 1, .edited),
        // Copied to where times are in whole seconds, or even ones.
        (state(100, "b", archived * second), archived * second + 999_999_999, .rot),
        (state(100, "b", archived * second), (archived + 1) * second + 5, .rot),
        (state(100, "b", archived * second), (archived + 3) * second, .edited),
        // Nobody noted the time: what changed after it was archived was edited.
        (state(100, "b", (archived + 1) * second + 5), nil, .rot),
        (state(100, "b", (archived + 2) * second), nil, .edited),
        (state(100, "b", nil), archived * second, .rot),
        (state(99, nil, archived * second), archived * second, .cutShort), (state(0, nil, nil), nil, .cutShort),
        (state(101, nil, archived * second), archived * second, .edited),
    ]

    @Test(arguments: cases.indices) func `size, bytes and time of change tell what happened`(row: Int) {
        let (found, modified, result) = Self.cases[row]
        let recorded = Self.state(100, "a", modified)
        #expect(VerificationResult(recorded: recorded, found: found, archived: Self.archived) == result)
    }

    @Test func `what is damaged is told from what is not known`() {
        let damage = VerificationResult.allCases.filter(\.isDamage)
        #expect(damage == [.rot, .edited, .cutShort, .missing])
    }
}
