import COpenSSL
import CZlib

/// The libraries of digests and inflation that this process runs with.
package enum LibraryVersions {
    /// `OpenSSL 3.0.17 1 Jul 2025`
    package static var openSSL: String { String(cString: OpenSSL_version(0)) }
    /// `1.2.13`
    package static var zlib: String { String(cString: zlibVersion()) }
}
