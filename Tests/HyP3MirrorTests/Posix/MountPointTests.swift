import Testing

@testable import HyP3Mirror

@Suite struct `Mount point` {
    private static let mounts = """
        28 1 254:1 / / ro,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
        29 28 254:1 /srv /srv rw,relatime shared:1 - ext4 /dev/vda1 rw
        30 28 254:1 /srv/under /srv/under rw - ext4 /dev/vda1 rw
        31 30 0:47 / /srv/under ro,relatime - nfs4 nas:/export ro,vers=4.2
        52 28 0:48 / /mnt/a\\040b\\134c rw - cifs //nas/share rw
        broken
        61 28 0:50 / /mnt/short ro - xfs
        """

    @Test(arguments: [
        ("/", "/", true, false), ("/opt/archive", "/", true, false), ("/srv", "/srv", false, false),
        ("/srvice", "/", true, false), ("/srv/x", "/srv", false, false), ("/srv/under/x", "/srv/under", true, true),
        ("/mnt/a b\\c/x", "/mnt/a b\\c", false, false), ("/mnt/short/x", "/", true, false),
    ])
    func `a path lies on the last of the nearest mounts`(
        path: String,
        place: String,
        isReadOnly: Bool,
        isFilesystemReadOnly: Bool
    ) throws {
        let mount = try #require(MountPoint(of: path, mountinfo: Self.mounts))
        #expect(mount.path == place)
        #expect(mount.isReadOnly == isReadOnly)
        #expect(mount.isFilesystemReadOnly == isFilesystemReadOnly)
    }

    @Test func `the kernel's own list is understood, for what is not there yet, too`() throws {
        #expect(try #require(MountPoint(of: "/proc/self/nothing/at/all")).path == "/proc")
        #expect(MountPoint(of: "nothing/at/all") != nil)
        #expect(FilesystemError.cure(ofReadOnly: "/proc/self") == nil)
    }
}
