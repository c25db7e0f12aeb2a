/// There is no room for what a commit writes down, and nothing of it was done: with more room it may be tried again.
struct NoNameGiven: Error, CustomStringConvertible {
    let error: FilesystemError

    var description: String { "\(self.error)" }

    /// `error` as this, if it is a shortage.
    static func naming(_ error: any Error) -> any Error {
        guard let error = error as? FilesystemError, error.isShortage else { return error }
        return NoNameGiven(error: error)
    }
}
