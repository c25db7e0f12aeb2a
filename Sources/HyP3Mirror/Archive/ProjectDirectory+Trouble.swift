import Glibc

extension ProjectDirectory {
    /// Whether an error is the trouble of one product or one of its directories: the error number can be about one name, the
    /// name is none that all products need, nobody has planted anything there, and the archive is still there. Blocks.
    package func isOfOneProduct(_ error: FilesystemError) -> Bool {
        guard error.concernsOneName else { return false }
        let isStaged = error.path.hasPrefix(self.staging + "/") && error.reason == nil
        if !isStaged, error.path.hasPrefix(self.state) || error.path.hasPrefix(self.checksums) { return false }
        return SystemCalls.may(X_OK, self.root) && SystemCalls.may(W_OK | X_OK, self.staging)
    }
}
