/// Why a digest or a check of a file's structure could not be made. It never says anything about the bytes themselves.
package struct ChecksumError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package enum Code: Sendable, Hashable {
        /// OpenSSL or zlib refused to work: no such algorithm (a FIPS configuration), no memory.
        case algorithm
        /// The file could not be read; `errno` says why.
        case read
        /// The caller's cancellation check said stop.
        case cancelled
    }

    package var code: Code
    /// One clause for people.
    package var message: String
    /// The error number of the system call that failed, else 0.
    package var errno: CInt

    package init(code: Code, message: String, errno: CInt = 0) {
        self.code = code
        self.message = message
        self.errno = errno
    }

    package var description: String { self.message }
}
