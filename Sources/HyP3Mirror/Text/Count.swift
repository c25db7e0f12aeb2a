/// Numbers of things.
package enum Count {
    /// `1 job`, `2 jobs`.
    package static func of(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
