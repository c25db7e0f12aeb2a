/// Numbers of bytes for people.
package enum ByteText {
    /// In units of 1000 with at most one decimal: `999 B`, `345.6 MB`, `1 GB`.
    package static func decimal(_ bytes: Int64) -> String {
        if bytes < 1000 { return "\(bytes) B" }
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(bytes) / 1000
        var unit = 0
        while value >= 999.95, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        let decimal = tenths.isMultiple(of: 10) ? "" : ".\(tenths % 10)"
        return "\(tenths / 10)\(decimal) \(units[unit])"
    }
}
