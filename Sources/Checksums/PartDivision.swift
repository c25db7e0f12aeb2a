/// How an object was cut into parts.
package enum PartDivision: Sendable, Hashable {
    /// Bytes of every part but the last; anything below 1 counts as 1.
    case equal(Int64)
    /// Bytes of each part; what comes after them belongs to the last.
    case lengths([Int64])

    /// Bytes of the part with that number, from 0.
    func length(ofPart index: Int) -> Int64 {
        switch self {
        case .equal(let size): max(1, size)
        case .lengths(let lengths): index < lengths.count - 1 ? max(1, lengths[index]) : .max
        }
    }
}
