import Checksums
import CurlTransfer
import PlainXML

/// Of this program, as `--version` tells it.
package enum Version {
    package static let text = "0.1.0"
    /// When it was made (UTC).
    package static let day = "2026-11-27"

    /// The libraries of the system that this process runs with, one a line, for whoever writes or reads a fault report.
    package static var libraries: [String] {
        let curl = libcurlVersion.split(separator: " ", maxSplits: 1).map(String.init)
        let number = curl.first?.split(separator: "/").last.map(String.init) ?? libcurlVersion
        let parts = curl.count > 1 ? " (\(curl[1]))" : ""
        return [
            "libcurl \(number)\(parts)", LibraryVersions.openSSL, "zlib \(LibraryVersions.zlib)",
            "expat \(expatVersion.split(separator: "_").last.map(String.init) ?? expatVersion)",
        ]
    }
}
