/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)): ID, parent, `major:minor`, root, mount point, the mount's
/// options, optional fields, ` - `, type, source, the file system's options.
struct MountLine {
    /// `major:minor`
    let device: Substring
    /// Where it is mounted, with blanks and the like still as `\040` and so on.
    let place: Substring
    let options: Substring
    let type: Substring
    let filesystemOptions: Substring

    /// The lines that have this form; later ones lie over earlier ones.
    static func all(_ mountinfo: String) -> [MountLine] {
        mountinfo.split(separator: "\n").compactMap { MountLine($0) }
    }

    private init?(_ line: Substring) {
        // A source may be empty.
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count else { return nil }
        (self.device, self.place, self.options) = (fields[2], fields[4], fields[5])
        (self.type, self.filesystemOptions) = (fields[dash + 1], fields[dash + 3])
    }
}
