import FoundationEssentials

/// Any JSON value, for documents whose form is checked by hand so that errors can name the key.
package enum JSONValue: Sendable, Hashable, Decodable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads JSON with comments, trailing commas and the other freedoms of JSON5.
    ///
    /// - Throws: `InvalidValue` with what is wrong and, where known, the line.
    package init(json5 text: String) throws(InvalidValue) {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            self = try decoder.decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            let place = JSONFault.place(in: text).map { ", and is not at \($0)" } ?? ""
            throw InvalidValue("must be JSON (comments and trailing commas are allowed)\(place)")
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// What kind of value it is, for messages: `a list`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// A short form for messages.
    package var excerpt: String {
        switch self {
        case .null: "null"
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .string(let value): value
        case .array(let values): values.isEmpty ? "[]" : "[…]"
        case .object(let values): values.isEmpty ? "{}" : "{…}"
        }
    }
}
