import Glibc

/// The kind of file system an open file lies on, as far as locking cares.
package struct FilesystemKind: Sendable, Hashable {
    /// As the kernel names it: `ext4`, `nfs4`, `cifs`, `fuse.sshfs`.
    package var name: String

    package init(name: String) {
        self.name = name
    }

    /// Of the file system that `descriptor` lies on, by device number among the mounts of this process.
    ///
    /// - Returns: nil where `/proc` is not mounted or does not list the device (btrfs subvolumes).
    package init?(descriptor: CInt) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return nil }
        guard let mounts = Self.mounts else { return nil }
        self.init(device: UInt64(facts.st_dev), mountinfo: mounts)
    }

    /// - Parameters:
    ///   - device: `st_dev`.
    ///   - mountinfo: see `MountLine`.
    init?(device: UInt64, mountinfo: String) {
        // gnu_dev_major(3) and gnu_dev_minor(3) are macros that Swift does not see.
        let major = (device >> 8 & 0xFFF) | (device >> 32 & 0xFFFF_F000)
        let minor = (device & 0xFF) | (device >> 12 & 0xFFFF_FF00)
        let number = "\(major):\(minor)"
        guard let line = MountLine.all(mountinfo).first(where: { $0.device == number }) else { return nil }
        self.name = String(line.type)
    }

    /// Whether its files may be open on other machines, too, or its locks be kept by a program outside the kernel.
    package var isShared: Bool {
        Self.shared.contains(self.name) || self.name.hasPrefix("fuse.") || self.name.hasPrefix("nfs")
    }

    /// Whether it is Linux's client of SMB, by whatever name.
    var isSMB: Bool { ["cifs", "smb2", "smb3"].contains(self.name) }

    private static let shared: Set<String> = [
        "cifs", "smb2", "smb3", "smbfs", "fuse", "fuseblk", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "ocfs2",
        "gfs2", "glusterfs", "virtiofs", "vboxsf", "prl_fs", "vmhgfs",
    ]

    /// The mounts of this process as proc(5) lists them (`mountinfo`); nil where `/proc` is not mounted.
    static var mounts: String? { Self.contents(of: "/proc/self/mountinfo") }

    /// Whole text of a small file; nil where it cannot be read.
    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: contents, as: UTF8.self) }
            contents.append(contentsOf: buffer[..<count])
        }
    }
}
