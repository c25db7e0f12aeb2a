import CTLS

/// What every TLS connection of a server shares: its certificate and key (an `SSL_CTX`).
///
/// TLS is spoken here and not by a proxy in front, because a proxy hides from the client what it is to see: stunnel
/// turns a reset into an orderly end.
final class TLSContext: Sendable {
    // SSL_CTX counts its references atomically, and nothing changes it once it is set up.
    private nonisolated(unsafe) let context: OpaquePointer

    /// Loads both files, in PEM.
    init(certificateFile: String, keyFile: String) throws {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw SimulatorError("TLS cannot be set up: \(tlsMessage())")
        }
        self.context = context
        guard SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1,
            SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1
        else {
            throw SimulatorError("the certificate \(certificateFile) cannot be used: \(tlsMessage())")
        }
    }

    deinit {
        SSL_CTX_free(context)
    }

    /// Greets a client on its own thread; nil when it does not speak TLS or refuses the certificate.
    func accept(descriptor: Int32) -> TLSStream? {
        guard let stream = SSL_new(context) else { return nil }
        SSL_set_fd(stream, descriptor)
        ERR_clear_error()
        guard SSL_accept(stream) == 1 else {
            SSL_free(stream)
            return nil
        }
        return TLSStream(stream)
    }
}

/// One TLS connection (an `SSL`), used by one thread.
final class TLSStream: Sendable {
    private nonisolated(unsafe) let stream: OpaquePointer

    fileprivate init(_ stream: OpaquePointer) {
        self.stream = stream
    }

    deinit {
        SSL_free(stream)
    }

    /// Bytes read; 0 at the client's orderly end; negative on failure.
    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        ERR_clear_error()
        let count = SSL_read(stream, buffer.baseAddress, Int32(clamping: buffer.count))
        if count > 0 { return Int(count) }
        return SSL_get_error(stream, count) == SSL_ERROR_ZERO_RETURN ? 0 : -1
    }

    /// Bytes written, all of those given or of the first 2 GiB; negative on failure.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        ERR_clear_error()
        return Int(SSL_write(stream, bytes.baseAddress, Int32(clamping: bytes.count)))
    }

    /// Tells the client that nothing more comes (`close_notify`).
    func closeSending() {
        ERR_clear_error()
        _ = SSL_shutdown(stream)
    }
}

private func tlsMessage() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_get_error(), &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
