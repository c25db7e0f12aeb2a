import FoundationEssentials

/// JSON as this program writes it: times in ISO 8601 (UTC), keys in order, slashes as they are.
package enum JSONOutput {
    /// - Parameter isPretty: over several lines, for people.
    /// - Throws: `UnforeseenError` for what JSON cannot hold.
    package static func bytes(_ value: some Encodable, isPretty: Bool = false) throws(UnforeseenError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw UnforeseenError("put a record as JSON", cause: error)
        }
    }
}
