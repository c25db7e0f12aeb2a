/// A command line that does something useful, for help and manual.
struct CommandExample: Hashable {
    let line: String
    /// What it is for: a clause that begins with a small letter.
    let purpose: String

    init(_ line: String, _ purpose: String) {
        self.line = line
        self.purpose = purpose
    }

    /// As help shows them.
    static func text(_ examples: [CommandExample]) -> String {
        examples.map { "\($0.line)\n    \($0.purpose)" }.joined(separator: "\n")
    }
}
