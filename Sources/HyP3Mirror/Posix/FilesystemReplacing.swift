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
    try replaceFile(at: path) { try $0(contents) }
}

/// The same for contents that `write` makes in pieces, each of which it hands to the function that it is given.
///
/// - Throws: `FilesystemError`; what `write` throws, and the file is as it was then.
package func replaceFile(at path: String, _ write: (_ put: ([UInt8]) throws -> Void) throws -> Void) throws {
    var facts = stat()
    if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
        let descriptor = try SystemCalls.open(path, O_WRONLY, for: "write")
        defer { close(descriptor) }
        return try write { contents in
            var rest = contents[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw FilesystemError("write", path, Errno(rawValue: errno)) }
                rest = rest.dropFirst(count)
            }
        }
    }
    let target = realTarget(of: path)
    try replaceFile(at: target, through: "\(target).\(getpid()).tmp", write)
    _ = try SystemCalls.synchronizeDirectory(SystemCalls.parent(of: target))
}

/// The same for a file of our own: `contents` are durable at `temporary`, on the same file system, before they take the
/// file's place. Leaves the directory to be made durable. Blocks.
func replaceFile(at path: String, with contents: [UInt8], through temporary: String) throws {
    try replaceFile(at: path, through: temporary) { try $0(contents) }
}

/// The same for contents that `write` makes in pieces.
func replaceFile(
    at path: String,
    through temporary: String,
    _ write: (_ put: ([UInt8]) throws -> Void) throws -> Void
) throws {
    let descriptor = try SystemCalls.openOwn(temporary, O_WRONLY | O_CREAT | O_TRUNC, for: "create")
    do {
        defer { close(descriptor) }
        var size: Int64 = 0
        try write { contents in
            try contents.withUnsafeBytes { try SystemCalls.write($0, to: descriptor, at: size, path: temporary) }
            size += Int64(contents.count)
        }
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
