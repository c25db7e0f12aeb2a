/// A parser of what others write, with what must hold whatever it is given.
struct FuzzTarget: Sendable {
    /// As `scripts/fuzz` and the folders of corpora know it.
    let name: String
    /// Reads one input.
    ///
    /// - Throws: `BrokenProperty`, and whatever a parser throws that it should not.
    let read: @Sendable (_ input: [UInt8], _ scratch: ScratchDirectory) throws -> Void

    static let all: [FuzzTarget] =
        [
            .jobPage, .listing, .configuration, .netrc, .head, .errorPage, .login, .url, .text, .resume, .journal,
            .manifest, .runs, .absences, .checksumList,
        ] + FuzzTarget.structures
}

/// What must hold and did not.
struct BrokenProperty: Error, CustomStringConvertible {
    let description: String
}

/// Throws unless `holds`; `what` says what must hold.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw BrokenProperty(description: what()) }
}

/// Throws where text that is shown to people could drive a terminal or forge a line.
func requireShown(_ text: String, _ what: String) throws {
    let isFit = text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
        }
    }
    try require(isFit, "\(what) shows what others wrote as it is: \(text.debugDescription)")
}
