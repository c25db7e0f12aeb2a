import FoundationEssentials

/// The day (UTC) on which a scene was taken, as small as a million of them want it.
struct AcquisitionDay: Sendable, Hashable, Comparable {
    /// Days since 1970; 0 for none.
    let number: UInt16

    init(number: UInt16) { self.number = number }

    /// Of the scene that made the file; of a name that does not say, none.
    init(of file: String) {
        let days = AcquisitionTime.earliest(in: file).map { $0.timeIntervalSince1970 / 86400 }
        self.init(number: days.flatMap { UInt16(exactly: $0.rounded(.down)) } ?? 0)
    }

    /// - Parameter path: whose last component is the file's name.
    init(ofPath path: UnsafeRawBufferPointer) {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        self.init(of: String(decoding: path[start...], as: UTF8.self))
    }

    /// `2026-11-27`
    var text: String { CivilTime(Date(timeIntervalSince1970: Double(self.number) * 86400)).dayText }

    static func < (a: AcquisitionDay, b: AcquisitionDay) -> Bool { a.number < b.number }
}
