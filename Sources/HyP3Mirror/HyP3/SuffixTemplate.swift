/// A suffix wanted of every job: `_VV.tif`, `.zip`, with job parameters `_FM_{flood_depth_estimator}_PW.tif`, or a pattern
/// `_FM_*_WaterDepth.tif`, which stands for every such file that the bucket lists.
package struct SuffixTemplate: Sendable, Hashable, CustomStringConvertible {
    package enum Part: Sendable, Hashable {
        case literal(String)
        /// The value of a job parameter.
        case parameter(String)
        /// `*`: any characters but a slash, also none.
        case anything
    }

    /// What a template makes of one job.
    package enum Filled: Sendable, Hashable {
        case suffix(String)
        case notProduced(reason: String)
        case unsafe(reason: String)
    }

    package let text: String
    package let parts: [Part]
    /// Names of the job parameters it needs.
    package let parameters: Set<String>
    /// Whether it stands for files that only a listing of the bucket can name.
    package let isPattern: Bool
    /// The suffix as the end of a URL, where it needs no parameter.
    let encoded: String?

    package var description: String { self.text }

    /// What all that it may come to looks like, with `*` for parameters, too.
    var pattern: String {
        self.parts.map { part in
            if case .literal(let text) = part { text } else { "*" }
        }.joined()
    }

    /// - Throws: `InvalidValue` where it is empty, could name a directory, or has unbalanced braces.
    package init(_ text: String) throws(InvalidValue) {
        guard !text.isEmpty else { throw InvalidValue("must not be empty; a suffix looks like _VV.tif or .zip") }
        guard !text.contains("/"), !text.contains("\\") else {
            throw InvalidValue("must be the end of a file name, without slashes, as in _VV.tif")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
            throw InvalidValue("must not hold control characters")
        }
        guard text.utf8.count <= 200 else { throw InvalidValue("must have at most 200 bytes") }
        let parts = try Self.parts(of: text)
        self.text = text
        self.parts = parts
        let parameters = Set(
            parts.compactMap { part in
                if case .parameter(let name) = part { name } else { nil }
            }
        )
        self.parameters = parameters
        self.isPattern = parts.contains(.anything)
        self.encoded = parameters.isEmpty && !self.isPattern ? PercentEncoding.encoded(text) : nil
    }

    /// Puts the parameters of one job in. A value of null, `None` or nothing means that the job makes no such product:
    /// HyP3 then skips the step (seen with `flood_depth_estimator`).
    package func filled(from parameters: [String: String?]) -> Filled {
        if self.parameters.isEmpty { return .suffix(self.text) }
        var suffix = ""
        for part in self.parts {
            switch part {
            case .literal(let text): suffix += text
            case .anything: suffix += "*"
            case .parameter(let name):
                guard let value = parameters[name] ?? nil, !value.isEmpty, value != "None" else {
                    return .notProduced(reason: "the job has no \(name)")
                }
                guard value.utf8.allSatisfy(Self.isPlain) else {
                    let quoted = ForeignText.quoted(value)
                    return .unsafe(reason: "job parameter \(name) is \(quoted), which is not fit for a file name")
                }
                suffix += value
            }
        }
        return .suffix(suffix)
    }

    /// Whether `suffix` is one that a filled-in pattern stands for. By bytes, in time that grows with their product at
    /// most.
    package static func matches(_ suffix: some StringProtocol, pattern: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(suffix.utf8))
        var (p, t) = (0, 0)
        // Where the last `*` stands, and how far it reaches so far.
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                (p, t) = (p + 1, t + 1)
            } else if let last = star, text[last.text] != UInt8(ascii: "/") {
                star = (last.pattern, last.text + 1)
                (p, t) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || Self.plainMarks.contains(byte)
    }

    private static let plainMarks = Set("._+-".utf8)

    private static func parts(of text: String) throws(InvalidValue) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(text)
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" || $0 == "*" }) {
            if rest[brace] == "*" {
                if brace > rest.startIndex { parts.append(.literal(String(rest[..<brace]))) }
                if parts.last != .anything { parts.append(.anything) }
                rest = rest[rest.index(after: brace)...]
                continue
            }
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
                throw InvalidValue("must have a closing brace for every opening one, as in {flood_depth_estimator}")
            }
            let name = rest[rest.index(after: brace)..<end]
            guard !name.isEmpty, name.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "_") }) else {
                throw InvalidValue("must name a job parameter between braces, as in {flood_depth_estimator}")
            }
            if brace > rest.startIndex { parts.append(.literal(String(rest[..<brace]))) }
            parts.append(.parameter(String(name)))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        return parts
    }
}
