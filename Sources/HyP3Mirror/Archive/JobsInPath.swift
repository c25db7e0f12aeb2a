/// Finds the jobs whose ids the directories of a path have; HyP3 gives each job a UUID (RFC 9562).
enum JobsInPath {
    /// The ids, in lower case, in the order in which they stand there.
    static func ids(in directory: some Collection<UInt8>) -> [String] {
        let bytes = Array(directory)
        var ids: [String] = []
        var start = 0
        while start + Self.length <= bytes.count {
            let candidate = bytes[start..<(start + Self.length)]
            guard Self.isID(candidate) else {
                start += 1
                continue
            }
            ids.append(String(decoding: candidate, as: UTF8.self).lowercased())
            start += Self.length
        }
        return ids
    }

    /// Whether the directory is another job's: it has ids of jobs, and that of `jobID` is not among them.
    static func isOfAnother(than jobID: String, _ directory: some Collection<UInt8>) -> Bool {
        let ids = Self.ids(in: directory)
        return !ids.isEmpty && !ids.contains(jobID.lowercased())
    }

    private static let length = 36
    private static let hyphens = [8, 13, 18, 23]

    private static func isID(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.enumerated().allSatisfy { place, byte in
            if Self.hyphens.contains(place) { return byte == UInt8(ascii: "-") }
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                return true
            default: return false
            }
        }
    }
}
