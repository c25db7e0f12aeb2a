import CCurl

/// The libcurl that this process runs with, which need not be that of the build: `libcurl/7.88.1 OpenSSL/3.0.17 …`.
package var libcurlVersion: String { String(cString: curl_version()) }
