/// What a run asks for looks like a slip in its configuration.
package struct SuspectConfiguration: Error, Sendable, CustomStringConvertible {
    /// One sentence for people.
    package let description: String

    /// - Parameter sentences: one at least.
    init(_ sentences: [String]) { self.description = "\(sentences.joined(separator: "; ")); \(Suspicion.cure)" }
}
