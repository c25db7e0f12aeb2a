import Glibc

/// The mount that a path lies on, as far as writing to it cares.
struct MountPoint: Hashable {
    /// Where it is mounted.
    var path: String
    /// Whether nothing can be written through this mount.
    var isReadOnly: Bool
    /// Whether nothing can be written to the file system at all, through whatever mount.
    var isFilesystemReadOnly: Bool

    /// The mount of this process that `path`, or what there is of it, lies on. Blocks.
    ///
    /// - Returns: nil where `/proc` is not mounted.
    init?(of path: String) {
        var place = path.hasPrefix("/") ? path : "./\(path)"
        var resolved: String?
        while resolved == nil {
            resolved = unsafe realpath(place, nil).map { pointer in
                defer { unsafe free(pointer) }
                return unsafe String(cString: pointer)
            }
            let parent = SystemCalls.parent(of: place)
            if resolved == nil, parent == place || parent.isEmpty { return nil }
            place = parent
        }
        guard let resolved, let mounts = FilesystemKind.mounts else { return nil }
        self.init(of: resolved, mountinfo: mounts)
    }

    /// - Parameters:
    ///   - path: absolute, without links.
    ///   - mountinfo: see `MountLine`.
    init?(of path: String, mountinfo: String) {
        var found: MountPoint?
        for line in MountLine.all(mountinfo) {
            let place = Self.unescaped(line.place)
            guard place == "/" || path == place || path.hasPrefix(place + "/") else { continue }
            guard place.utf8.count >= found?.path.utf8.count ?? 0 else { continue }
            found = MountPoint(place, Self.isReadOnly(line.options), Self.isReadOnly(line.filesystemOptions))
        }
        guard let found else { return nil }
        self = found
    }

    private init(_ path: String, _ isReadOnly: Bool, _ isFilesystemReadOnly: Bool) {
        self.path = path
        self.isReadOnly = isReadOnly
        self.isFilesystemReadOnly = isFilesystemReadOnly
    }

    private static func isReadOnly(_ options: Substring) -> Bool {
        options.split(separator: ",").contains("ro")
    }

    /// The kernel writes blank, tab, newline and backslash as `\040` and so on.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension FilesystemError {
    /// What a person can do where a file system is read-only, when nobody knows more than the path. Blocks.
    static func cure(ofReadOnly path: String) -> String? {
        MountPoint(of: path).flatMap { mount in
            guard mount.isReadOnly else { return nil }
            return mount.isFilesystemReadOnly
                ? "Mount \(mount.path) writable; where it was, look in the kernel's log (dmesg) for an error of the disk."
                : "\(mount.path) is writable, but not from here: give a systemd unit ReadWritePaths= with the archive's "
                    + "directory (systemctl edit), or mount the volume of a container writable."
        }
    }
}
