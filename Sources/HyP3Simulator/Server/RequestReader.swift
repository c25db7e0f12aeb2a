/// Cuts the bytes of a connection into requests.
struct RequestReader {
    private let connection: Connection
    private let isSecure: Bool
    private var buffer: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 16_384)

    init(connection: Connection, isSecure: Bool) {
        self.connection = connection
        self.isSecure = isSecure
    }

    /// The next request, its body read and dropped; nil when the client is done or sends what is no HTTP.
    mutating func next() throws(Connection.Ended) -> HTTPRequest? {
        var searched = 0
        while true {
            if let end = headEnd(from: searched) {
                guard let request = parse(buffer[..<end]) else { return nil }
                buffer.removeFirst(end + 4)
                try drop(Int(request["Content-Length"] ?? "") ?? 0)
                return request
            }
            searched = max(0, buffer.count - 3)
            guard buffer.count < 1 << 20, try fill() else { return nil }
            // Who speaks TLS to a port of plain HTTP would wait for the end of a head for ever.
            guard let first = buffer.first, first != 0x16 else { return nil }
        }
    }

    private mutating func fill() throws(Connection.Ended) -> Bool {
        guard let count = try connection.read(into: &chunk) else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }

    private mutating func drop(_ count: Int) throws(Connection.Ended) {
        var left = max(0, count)
        while left > 0 {
            if buffer.isEmpty, try !fill() { throw Connection.Ended() }
            let part = min(left, buffer.count)
            buffer.removeFirst(part)
            left -= part
        }
    }

    private func headEnd(from start: Int) -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (start...max(start, buffer.count - 4)).first { index in
            index + 3 < buffer.count && buffer[index] == 13 && buffer[index + 1] == 10 && buffer[index + 2] == 13
                && buffer[index + 3] == 10
        }
    }

    private func parse(_ head: ArraySlice<UInt8>) -> HTTPRequest? {
        let lines = head.split(separator: 10, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
        }
        let words = lines[0].split(separator: " ")
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
        let headers: [(name: String, value: String)] = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            return (String(line[..<colon]), String(value.drop { $0 == " " || $0 == "\t" }))
        }
        return HTTPRequest(
            method: String(words[0]),
            target: String(words[1]),
            headers: headers,
            isSecure: isSecure
        )
    }
}
