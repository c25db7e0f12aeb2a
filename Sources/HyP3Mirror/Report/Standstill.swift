/// What ended a plan in which nothing moved any more.
package struct Standstill: Error, Sendable, CustomStringConvertible {
    /// What was waited for, in one sentence.
    package let description: String
}
