/// Why a text is not a value of its type: the advice of an error before it is known where the text stands.
package struct InvalidValue: Error, Sendable, CustomStringConvertible {
    package let advice: String

    package init(_ advice: String) { self.advice = advice }

    package var description: String { self.advice }
}
