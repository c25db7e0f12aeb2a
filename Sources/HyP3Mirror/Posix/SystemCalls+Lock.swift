import Glibc
import SystemPackage

extension SystemCalls {
    /// flock(2), without waiting for another to let go.
    ///
    /// - Parameter operation: `LOCK_EX` or `LOCK_SH`.
    /// - Returns: whether the lock was had; false where another process, here or on another machine, holds it.
    static func lock(_ descriptor: CInt, _ operation: CInt) throws(Errno) -> Bool {
        while flock(descriptor, operation | LOCK_NB) != 0 {
            let code = Errno(rawValue: errno)
            if code == .interrupted { continue }
            guard Self.meansHeld(code, kind: { FilesystemKind(descriptor: descriptor) }) else { throw code }
            return false
        }
        return true
    }

    /// Whether flock's error number says that another holds the lock.
    ///
    /// flock(2) knows no EACCES for an open file, but fcntl(2) does, and Linux's client of SMB hands on what a server's
    /// refusal (STATUS_LOCK_NOT_GRANTED) became: seen with Linux 6.1 and Samba 4.17 where another client had the lock.
    static func meansHeld(_ code: Errno, kind: () -> FilesystemKind?) -> Bool {
        code == .wouldBlock || code == .permissionDenied && kind()?.isSMB == true
    }
}
