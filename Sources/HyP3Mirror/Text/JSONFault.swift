/// Finds where a text with comments and trailing commas stops being JSON; `JSONDecoder` only says that it does.
enum JSONFault {
    /// `line 3, column 7`, counted from 1 in characters; nil where no fault is found.
    static func place(in text: String) -> String? {
        let bytes = Self.blanked(Array(text.utf8))
        var reader = JSONReader(bytes)
        do throws(JSONReader.Malformed) {
            _ = try reader.value()
            try reader.end()
            return nil
        } catch {
            let before = bytes.prefix(error.position)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let column = String(decoding: text.utf8.dropFirst(start).prefix(error.position - start), as: UTF8.self)
                .count
            return "line \(line), column \(column + 1)"
        }
    }

    /// Comments and trailing commas replaced by spaces, so that every other byte keeps its place.
    private static func blanked(_ source: [UInt8]) -> [UInt8] {
        var bytes = source
        var index = 0
        var comma: Int?
        func blank(_ range: Range<Int>) {
            for place in range where bytes[place] != UInt8(ascii: "\n") { bytes[place] = 0x20 }
        }
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                comma = nil
                index = Self.endOfString(source, from: index)
                continue
            case UInt8(ascii: "/") where source[index...].starts(with: "//".utf8):
                let end = source[index...].firstIndex(of: UInt8(ascii: "\n")) ?? source.count
                blank(index..<end)
                index = end
                continue
            case UInt8(ascii: "/") where source[index...].starts(with: "/*".utf8):
                let end = source[(index + 2)...].firstRange(of: "*/".utf8)?.upperBound ?? source.count
                blank(index..<end)
                index = end
                continue
            case UInt8(ascii: ","): comma = index
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if let comma { blank(comma..<comma + 1) }
                comma = nil
            case 0x20, 0x09, 0x0A, 0x0D: break
            default: comma = nil
            }
            index += 1
        }
        return bytes
    }

    private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\n") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, bytes.count)
    }
}
