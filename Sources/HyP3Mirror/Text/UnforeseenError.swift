/// An error of a library that nothing here expects, with what was tried.
package struct UnforeseenError: Error, Sendable, CustomStringConvertible {
    /// As the object of "cannot".
    package let attempt: String
    package let cause: any Error

    package init(_ attempt: String, cause: any Error) {
        self.attempt = attempt
        self.cause = cause
    }

    package var description: String { "cannot \(self.attempt): \(Self.words(of: self.cause))" }

    /// The cause's own words; those of Foundation's coders without the types around them.
    private static func words(of cause: any Error) -> String {
        switch cause {
        case EncodingError.invalidValue(_, let context): context.debugDescription
        case DecodingError.dataCorrupted(let context), DecodingError.keyNotFound(_, let context),
            DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            context.debugDescription
        default: "\(cause)"
        }
    }
}
