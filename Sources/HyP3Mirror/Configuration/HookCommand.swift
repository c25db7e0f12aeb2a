import Glibc
import SystemPackage

/// A program that a configuration names for a run to start, with its first arguments. No shell reads it.
package struct HookCommand: Sendable, Hashable {
    /// A path, or a name to be looked for in `PATH`.
    package let program: String
    package let arguments: [String]

    /// Where programs are looked for when `PATH` is not set.
    private static let usualPath = "/usr/local/bin:/usr/bin:/bin"

    /// The file that would be run. Blocks.
    ///
    /// - Parameter environment: of the process.
    /// - Throws: `FilesystemError` where there is none, or it cannot be executed.
    package func executable(_ environment: [String: String]) throws(FilesystemError) -> String {
        if self.program.contains("/") {
            if let code = Self.refusal(of: self.program) { throw Self.error(self.program, code) }
            return self.program
        }
        let directories = (environment["PATH"] ?? Self.usualPath).split(separator: ":")
        let candidates = directories.map { "\($0)/\(self.program)" }
        guard let found = candidates.first(where: { Self.refusal(of: $0) == nil }) else {
            throw FilesystemError(
                "run",
                self.program,
                .noSuchFileOrDirectory,
                reason: "there is no such program in PATH",
                cure: "Name it by its whole path: cron and systemd have a short PATH."
            )
        }
        return found
    }

    private static func refusal(of path: String) -> Errno? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return Errno(rawValue: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { return .isDirectory }
        return access(path, X_OK) == 0 ? nil : Errno(rawValue: errno)
    }

    private static func error(_ path: String, _ code: Errno) -> FilesystemError {
        let cure =
            switch code {
            case .permissionDenied: "Make it executable: chmod +x \(path)"
            case .isDirectory: "It must be a program."
            default: "Name a program that is there."
            }
        return FilesystemError("run", path, code, reason: code == .isDirectory ? "it is no file" : nil, cure: cure)
    }
}
