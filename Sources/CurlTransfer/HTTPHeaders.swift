/// Header fields of a request or a response, in the order given; names compare without regard to case (RFC 9110 §5.1).
///
/// A value may be a credential, so `description` shows names only.
package struct HTTPHeaders: Sendable, Hashable, CustomStringConvertible, ExpressibleByDictionaryLiteral {
    private var fields: [Field] = []

    private struct Field: Sendable, Hashable {
        var name: String
        /// `name` in lower case, to compare by.
        var key: String
        var value: String
    }

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self.append(name, value) }
    }

    package mutating func append(_ name: String, _ value: String) {
        self.fields.append(Field(name: name, key: name.lowercased(), value: value))
    }

    /// Goes on with the value of the last field (a folded line); nothing where there is none.
    mutating func extendLast(_ more: String) {
        guard let last = self.fields.indices.last else { return }
        self.fields[last].value += " \(more)"
    }

    /// The first value under `name`, without surrounding white space.
    package subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        return self.fields.first { $0.key == wanted }?.value
    }

    /// Every value under `name`, in the order received (`Set-Cookie` comes more than once).
    package func all(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return self.fields.filter { $0.key == wanted }.map(\.value)
    }

    /// Name and value of each field.
    package var pairs: [(name: String, value: String)] { self.fields.map { ($0.name, $0.value) } }

    package var description: String { self.fields.map(\.name).joined(separator: ", ") }
}
