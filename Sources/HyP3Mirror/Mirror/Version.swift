/// Of this program, as `--version` tells it.
package enum Version {
    package static let text = "0.1.0"
}
