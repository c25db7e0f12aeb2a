import CurlTransfer

/// How long the body of an answer is, by its head (RFC 9112 §6.3).
enum MessageLength: Sendable, Hashable {
    case known(Int64)
    /// It ends with its last chunk, or with the connection.
    case open
    /// Two readers could take it for different lengths. The clause says why.
    case ambiguous(String)

    init(_ headers: HTTPHeaders) {
        let codings = headers.all("transfer-encoding").flatMap { Self.list($0) }
        let lengths = headers.all("content-length").flatMap { Self.list($0) }
        guard codings.isEmpty || lengths.isEmpty else {
            self = .ambiguous("the answer has both a Content-Length and a Transfer-Encoding")
            return
        }
        guard codings.isEmpty || codings == ["chunked"] else {
            self = .ambiguous("the answer has a Transfer-Encoding that was not asked for (\(codings[0].prefix(40)))")
            return
        }
        guard let first = lengths.first else {
            self = .open
            return
        }
        guard lengths.allSatisfy({ $0 == first }) else {
            self = .ambiguous("the answer has two Content-Lengths (\(lengths.prefix(2).joined(separator: " and ")))")
            return
        }
        guard let length = Int64(digits: first) else {
            self = .ambiguous("the answer has a Content-Length that is no length (\(first.prefix(40)))")
            return
        }
        self = .known(length)
    }

    private static func list(_ field: String) -> [String] {
        field.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmedOfBlanks.lowercased()
        }
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    var trimmedOfBlanks: Substring {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return Substring(rest)
    }
}
