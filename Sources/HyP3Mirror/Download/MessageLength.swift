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
            self = .ambiguous("the answer has a Transfer-Encoding that was not asked for (\(Self.quoted(codings[0])))")
            return
        }
        guard let first = lengths.first else {
            self = .open
            return
        }
        if let other = lengths.first(where: { $0 != first }) {
            self = .ambiguous("the answer has two Content-Lengths (\(Self.quoted(first)) and \(Self.quoted(other)))")
            return
        }
        guard let length = Int64(digits: first) else {
            self = .ambiguous("the answer has a Content-Length that is no length (\(Self.quoted(first)))")
            return
        }
        self = .known(length)
    }

    /// A head may have a hundred thousand bytes, and a character any number of them.
    private static func quoted(_ text: String) -> String { ForeignText.quoted(text, limit: 40) }

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
