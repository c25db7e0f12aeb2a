/// Numbers of bytes as people write them.
package enum ByteQuantity {
    /// Reads `1000`, `500k`, `10G`, `1.5T`, `500MiB`: k, M, G, T are powers of 1000, Ki, Mi, Gi, Ti of 1024; a B may
    /// follow. Whatever the case.
    ///
    /// - Returns: nil where the text is something else or more than an `Int64` holds.
    package static func bytes(_ text: String) -> Int64? {
        var unit = Substring(text.lowercased())
        let number = unit.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        unit = unit.dropFirst(number.count)
        if unit.hasSuffix("b") { unit = unit.dropLast() }
        let factors: [Substring: Int64] = [
            "": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000,
            "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40,
        ]
        guard let factor = factors[unit] else { return nil }
        if let whole = Int64(number) {
            let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
            return overflow ? nil : bytes
        }
        guard number.first != ".", number.last != ".", let value = Double(number) else { return nil }
        return Int64(exactly: (value * Double(factor)).rounded())
    }
}
