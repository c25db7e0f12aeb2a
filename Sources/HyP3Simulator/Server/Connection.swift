import Glibc

/// One TCP connection and the blocking calls on it, used by the one thread that serves it.
final class Connection: Sendable {
    /// The client or the server has closed.
    struct Ended: Error {}

    private let descriptor: Int32
    private let tls: TLSStream?

    /// - Parameter tls: The TLS spoken on the descriptor; nil is plain TCP.
    init(descriptor: Int32, tls: TLSStream?) {
        self.descriptor = descriptor
        self.tls = tls
    }

    /// Reads what has arrived, waiting for the first byte; nil at the end of the stream.
    func read(into buffer: inout [UInt8]) throws(Ended) -> Int? {
        while true {
            let count = buffer.withUnsafeMutableBytes { buffer in
                tls?.read(buffer) ?? recv(descriptor, buffer.baseAddress, buffer.count, 0)
            }
            if count > 0 { return count }
            if count == 0 { return nil }
            if tls != nil || errno != EINTR { throw Ended() }
        }
    }

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Ended) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = tls?.write(rest) ?? send(descriptor, base, rest.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if tls != nil || errno != EINTR {
                throw Ended()
            }
        }
    }

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws(Ended) {
        var failed = false
        bytes.withUnsafeBytes { all in
            do throws(Ended) { try write(all) } catch { failed = true }
        }
        if failed { throw Ended() }
    }

    /// Waits `seconds`; throws at once when the client has gone meanwhile.
    func pause(seconds: Double) throws(Ended) {
        let end = monotonicSeconds() + seconds
        while true {
            let left = end - monotonicSeconds()
            if left <= 0 { return }
            if peerHasGone(withinMilliseconds: Int32((left * 1_000).rounded(.up))) { throw Ended() }
        }
    }

    /// Whether the client closes its side (or all of it) within that time.
    func peerHasGone(withinMilliseconds timeout: Int32) -> Bool {
        // POLLRDHUP of <bits/poll.h>, which Swift's Glibc module leaves out.
        let readHangUp: Int16 = 0x2000
        var entry = pollfd(fd: descriptor, events: readHangUp, revents: 0)
        return poll(&entry, 1, timeout) > 0
            && entry.revents & (readHangUp | Int16(POLLHUP) | Int16(POLLERR) | Int16(POLLNVAL)) != 0
    }

    /// Keeps what was written and has not reached the client below about `bytes`: the kernel takes 2.6 MB on the loopback
    /// interface, which the request log would count as sent. The kernel doubles the number for its own needs (socket(7)).
    func limitSendBuffer(to bytes: Int32) {
        var value = bytes / 2
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Makes the coming close a reset: what the kernel still holds is thrown away and RST is sent.
    func armReset() {
        var value = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Ends the stream towards the client and leaves the other direction open.
    ///
    /// - Parameter announced: Whether TLS says so first; without that, the client cannot tell the end from an attack.
    func closeSending(announced: Bool = true) {
        if announced { tls?.closeSending() }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Lets the client read to the end before the descriptor is closed: a close with unread bytes would be a reset.
    func linger() {
        closeSending()
        _ = peerHasGone(withinMilliseconds: 200)
    }
}

/// Seconds of a clock that never goes back.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The present moment.
func currentTime() -> CalendarTime {
    CalendarTime(seconds: time(nil))
}
