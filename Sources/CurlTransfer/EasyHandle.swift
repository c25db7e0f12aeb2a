import CCurl
import CurlShim

/// One libcurl easy handle with typed options. Lives on the transfer thread; freed with its owner.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init() throws {
        guard let raw = curl_easy_init() else {
            throw TransferError(code: .internalError, message: "libcurl gave no handle (out of memory)")
        }
        self.raw = raw
        self.errorText[0] = 0
    }

    deinit {
        curl_easy_cleanup(self.raw)
        curl_slist_free_all(self.headerList)
        self.errorText.deallocate()
    }

    /// libcurl's own words for the last failure (CURLOPT_ERRORBUFFER(3)), empty if it gave none.
    var lastError: String { String(cString: self.errorText) }

    func set(_ option: CURLoption, _ value: Int) throws {
        try self.check(shim_setopt_long(self.raw, option, value), option)
    }

    func set(_ option: CURLoption, _ value: String) throws {
        try self.check(shim_setopt_string(self.raw, option, value), option)
    }

    func set(_ option: CURLoption, callback: @escaping shim_data_callback, context: UnsafeMutableRawPointer) throws {
        try self.check(shim_setopt_callback(self.raw, option, callback), option)
        let contextOption = option == CURLOPT_WRITEFUNCTION ? CURLOPT_WRITEDATA : CURLOPT_HEADERDATA
        try self.check(shim_setopt_context(self.raw, contextOption, context), contextOption)
    }

    func set(headers: HTTPHeaders) throws {
        for (name, value) in headers.pairs {
            // A line break would let a value smuggle a second header (RFC 9110 §5.5).
            guard !value.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) else {
                throw TransferError(code: .invalidRequest, message: "header \(name) has a line break in its value")
            }
            guard let list = curl_slist_append(self.headerList, value.isEmpty ? "\(name);" : "\(name): \(value)") else {
                throw TransferError(code: .internalError, message: "out of memory for a header")
            }
            self.headerList = list
        }
        try self.check(shim_setopt_list(self.raw, CURLOPT_HTTPHEADER, self.headerList), CURLOPT_HTTPHEADER)
    }

    /// What every transfer has: trust, limits, HTTP/1.1, no redirects, no content decoding.
    func apply(_ options: TransferOptions, share: UnsafeMutableRawPointer?) throws {
        try self.check(shim_setopt_context(self.raw, CURLOPT_ERRORBUFFER, self.errorText), CURLOPT_ERRORBUFFER)
        try self.set(CURLOPT_NOSIGNAL, 1)
        try self.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try self.set(CURLOPT_FOLLOWLOCATION, 0)
        // A proxy's own "200 Connection established" is no answer of the server behind it.
        try self.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // A key of a bucket may hold `..` as any other name.
        try self.set(CURLOPT_PATH_AS_IS, 1)
        try self.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try self.set(CURLOPT_SSL_VERIFYPEER, 1)
        try self.set(CURLOPT_SSL_VERIFYHOST, 2)
        try self.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try self.set(CURLOPT_TCP_KEEPALIVE, 1)
        // TLS gives at most a record of 16 KiB at once (RFC 8446 §5.1), and every handle has a buffer of its own.
        try self.set(CURLOPT_BUFFERSIZE, 32 * 1024)
        // Requests go through the buffer of uploads, and nothing is uploaded: the least there is, not 64 KiB a connection.
        try self.set(CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
        try self.set(CURLOPT_USERAGENT, options.userAgent)
        // A transfer that ends while a name server does not answer would otherwise wait for it, and with it all the others.
        try self.set(CURLOPT_QUICK_EXIT, 1)
        try self.set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.milliseconds)
        try self.set(CURLOPT_LOW_SPEED_TIME, max(1, options.stallTimeout.milliseconds / 1000))
        if let caFile = options.caFile {
            try self.set(CURLOPT_CAINFO, caFile)
            // libcurl looks into the system's directory besides, if it was built with one.
            try self.check(shim_setopt_string(self.raw, CURLOPT_CAPATH, nil), CURLOPT_CAPATH)
        }
        if let share { try self.check(shim_setopt_share(self.raw, share), CURLOPT_SHARE) }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return shim_getinfo_long(self.raw, info, &value) == CURLE_OK ? value : 0
    }

    func microseconds(_ info: CURLINFO) -> Duration {
        var value: curl_off_t = 0
        return shim_getinfo_offset(self.raw, info, &value) == CURLE_OK ? .microseconds(value) : .zero
    }

    private func check(_ code: CURLcode, _ option: CURLoption) throws {
        guard code != CURLE_OK else { return }
        throw TransferError(
            code: code == CURLE_URL_MALFORMAT ? .invalidRequest : .internalError,
            message: "libcurl refused option \(option.rawValue): \(String(cString: curl_easy_strerror(code)))"
        )
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int {
        let (seconds, attoseconds) = self.components
        return Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
