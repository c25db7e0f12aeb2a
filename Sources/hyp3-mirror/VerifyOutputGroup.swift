import HyP3Mirror

/// What a verification writes besides the archive.
enum VerifyOutputGroup: SettingGroup {
    static let title = "Output"
    static let settings = OutputGroup.settings.filter { ["report", "progress"].contains($0.name) }
}
