import Glibc
import SystemPackage

/// Writing to the descriptors that a program is started with.
enum Descriptor {
    /// Before the first file is opened. A standard descriptor that is closed would be given to the next file, and output
    /// would go into that; whoever stops reading must not end the process by SIGPIPE, nor a file that is larger than this
    /// user may write by SIGXFSZ (setrlimit(2)): the call then says EFBIG, which is that file's trouble.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            // The lowest free number, which this is; writing to a directory fails, as it would have.
            _ = open("/", O_RDONLY | O_DIRECTORY)
        }
    }

    /// Says one sentence where what writes otherwise, which has a thread of its own, may get none. A reader that is asleep is
    /// waited for one second.
    static func tellAtOnce(_ sentence: String) {
        var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 1000) > 0 else { return }
        _ = "hyp3-mirror: \(sentence)\n".withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    }

    /// Writes all of `bytes`; blocks as long as the reader takes.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Somebody with the same terminal or pipe made it non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            case let code: throw Errno(rawValue: code)
            }
        }
    }
}
