/// Of this program, as `--version` tells it.
package enum Version {
    package static let text = "0.1.0"
    /// When it was made (UTC).
    package static let day = "2026-11-27"
}
