import Glibc

/// One TCP connection and the blocking calls on it, used by the one thread that serves it.
final class Connection: Sendable {
    /// The client or the server has closed.
    struct Ended: Error {}

    let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Reads what has arrived, waiting for the first byte; nil at the end of the stream.
    func read(into buffer: inout [UInt8]) throws(Ended) -> Int? {
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { return count }
            if count == 0 { return nil }
            if errno != EINTR { throw Ended() }
        }
    }

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Ended) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = send(descriptor, base, rest.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno != EINTR {
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

    /// Makes the coming close a reset: what the kernel still holds is thrown away and RST is sent.
    func armReset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Ends the stream towards the client and leaves the other direction open.
    func closeSending() {
        shutdown(descriptor, Int32(SHUT_WR))
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
