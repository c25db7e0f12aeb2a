import Glibc

/// A file that the user asked for by name.
enum ReplacedFile {
    /// Whether it can be written again and again: not a pipe, and no device.
    static func isRegular(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) != 0 || facts.st_mode & S_IFMT == S_IFREG
    }
}
