/// Settings that are listed together in help, and that a command takes as flags all or none.
package protocol SettingGroup: SendableMetatype {
    static var title: String { get }
    static var settings: [Setting] { get }
}
