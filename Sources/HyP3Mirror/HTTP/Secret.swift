/// A password, token or cookie. Whatever prints it prints `(secret)`; only `reveal()` gives the text.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The text itself, for a header that goes to a host that may see it.
    package func reveal() -> String { self.text }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }
}
