import SystemPackage

extension FilesystemError {
    /// Whether a disk or a quota is used up.
    var isShortage: Bool { self.errno == .noSpace || self.errno == .diskQuotaExceeded }

    /// What a person can do about that, where nobody knows more than the path.
    static func cure(ofShortageAt path: String) -> String? {
        guard let space = DiskSpace(at: path) ?? DiskSpace(at: SystemCalls.parent(of: path)) else { return nil }
        let free = "\(ByteText.decimal(space.free)) are free"
        return space.hasInodes
            ? "\(free); free some space." : "\(free), but no file more can be made (inodes); remove some files."
    }
}
