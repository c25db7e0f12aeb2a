/// Why a digest or a check of a file's structure could not be made. It never says anything about the bytes themselves.
package struct ChecksumError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package struct Code: Sendable, Hashable {
        private enum Kind: Sendable { case algorithm, read, cancelled }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }

        /// OpenSSL or zlib refused to work: no such algorithm (a FIPS configuration), no memory.
        package static let algorithm = Code(.algorithm)
        /// The file could not be read; `errno` says why.
        package static let read = Code(.read)
        /// The caller's cancellation check said stop.
        package static let cancelled = Code(.cancelled)
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
