import Glibc
import SystemPackage
import Testing

@testable import HyP3Mirror

@Suite struct `File system kind` {
    private static let mounts = """
        22 28 0:20 / /proc rw,nosuid - proc proc rw
        28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
        51 28 0:47 / /mnt/nas rw,relatime shared:2 master:3 - nfs4 nas:/export rw,vers=4.2
        52 28 0:48 /a\\040b /mnt/win rw - cifs //nas/share rw
        53 28 0:49 / /mnt/ssh rw - fuse.sshfs me@host: rw
        60 28 0:300 / /mnt/many rw - xfs /dev/x rw
        broken
        61 28 0:50
        """

    @Test(arguments: [
        (20, "proc", false), (254 << 8 | 1, "ext4", false), (47, "nfs4", true), (48, "cifs", true),
        (49, "fuse.sshfs", true), (0x10_0000 | 44, "xfs", false),
    ])
    func `a device is found among the mounts`(device: UInt64, name: String, shared: Bool) throws {
        let kind = try #require(FilesystemKind(device: device, mountinfo: Self.mounts))
        #expect(kind.name == name)
        #expect(kind.isShared == shared)
        let note = RunLock.note(kind: kind, path: "/mnt/x/lock")
        #expect((note != nil) == shared)
        #expect(note?.contains(name) ?? true)
    }

    @Test(arguments: [UInt64(50), 99])
    func `a device that is not among the mounts is of no known kind`(device: UInt64) {
        #expect(FilesystemKind(device: device, mountinfo: Self.mounts) == nil)
    }

    @Test(arguments: [
        (Errno.wouldBlock, "ext4", true), (.wouldBlock, "cifs", true), (.permissionDenied, "cifs", true),
        (.permissionDenied, "smb3", true), (.permissionDenied, "nfs4", false), (.permissionDenied, "ext4", false),
        (.noLocks, "cifs", false),
    ])
    func `a lock that another holds is known by what each file system answers`(code: Errno, kind: String, isHeld: Bool)
    {
        #expect(SystemCalls.meansHeld(code) { FilesystemKind(name: kind) } == isHeld)
    }

    @Test func `the kernel's own list is understood`() throws {
        let descriptor = open("/proc", O_RDONLY)
        defer { close(descriptor) }
        #expect(try #require(FilesystemKind(descriptor: descriptor)).name == "proc")
    }
}
