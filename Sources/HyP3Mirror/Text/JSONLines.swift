import FoundationEssentials

/// Files of one JSON object a line, times in ISO 8601.
enum JSONLines {
    /// The lines that can be read; others (torn, of another kind) are skipped.
    static func decode<Line: Decodable>(_ type: Line.Type, from bytes: ArraySlice<UInt8>) -> [Line] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return bytes.split(separator: 10).compactMap { try? decoder.decode(type, from: Data($0)) }
    }

    /// Whether the bytes are one JSON object, as a line has it.
    static func isWhole(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.first == UInt8(ascii: "{") else { return false }
        var reader = JSONReader([UInt8](line))
        do throws(JSONReader.Malformed) {
            _ = try reader.value()
            try reader.end()
            return true
        } catch {
            return false
        }
    }

    /// The object of one line; nil for anything else.
    static func decode<Line: Decodable>(_ type: Line.Type, line: UnsafeRawBufferPointer) -> Line? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try? decoder.decode(type, from: Data(line))
    }

    /// Each with its line end.
    static func encode(_ lines: some Sequence<some Encodable>) throws(UnforeseenError) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            bytes += try JSONOutput.bytes(line)
            bytes.append(10)
        }
        return bytes
    }
}
