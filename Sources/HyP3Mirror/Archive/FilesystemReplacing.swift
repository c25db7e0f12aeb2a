import Glibc
import SystemPackage

/// Puts `contents` in place of the file at `path`, so that a reader sees the old contents or the new, never a part, also
/// after a power failure. Blocks.
///
/// For reports, metrics and lists, whose place the user chose: a symbolic link stays and its target is replaced, and what
/// is no regular file (`/dev/stdout`, a pipe) is written to instead of replaced.
///
/// - Throws: `FilesystemError`.
package func replaceFile(at path: String, with contents: [UInt8]) throws {
    var facts = stat()
    if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
        let descriptor = try SystemCalls.open(path, O_WRONLY, for: "write")
        defer { close(descriptor) }
        var rest = contents[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FilesystemError("write", path, Errno(rawValue: errno)) }
            rest = rest.dropFirst(count)
        }
        return
    }
    let target = realTarget(of: path)
    try replaceFile(at: target, with: contents, through: "\(target).\(getpid()).tmp")
    _ = try SystemCalls.synchronizeDirectory(SystemCalls.parent(of: target))
}

/// The same for a file of our own: `contents` are durable at `temporary`, on the same file system, before they take the
/// file's place. Leaves the directory to be made durable. Blocks.
func replaceFile(at path: String, with contents: [UInt8], through temporary: String) throws {
    let descriptor = try SystemCalls.openOwn(temporary, O_WRONLY | O_CREAT | O_TRUNC, for: "create")
    do {
        defer { close(descriptor) }
        try contents.withUnsafeBytes { try SystemCalls.write($0, to: descriptor, at: 0, path: temporary) }
        try SystemCalls.synchronize(descriptor, path: temporary)
        try SystemCalls.replace(path, with: temporary)
    } catch {
        unlink(temporary)
        throw error
    }
}

/// Where `path` leads; `path` itself where there is nothing yet.
private func realTarget(of path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
