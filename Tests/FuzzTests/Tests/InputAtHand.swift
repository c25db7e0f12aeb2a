import Glibc

/// Writes the input under a parser's eyes to a file where that parser brings the process down, or does not come to an end:
/// a trap leaves nobody to tell.
///
/// One parser at a time in a process.
enum InputAtHand {
    private nonisolated(unsafe) static var bytes: UnsafePointer<UInt8>?
    private nonisolated(unsafe) static var count = 0
    private nonisolated(unsafe) static var file: UnsafeMutablePointer<CChar>?
    private nonisolated(unsafe) static var words: UnsafeMutablePointer<CChar>?
    private nonisolated(unsafe) static var earlier: [Int32: sigaction] = [:]

    /// Seconds for one input, on a machine that does much else.
    private static let patience: UInt32 = 20
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM]

    /// - Parameters:
    ///   - path: where the input goes.
    ///   - command: what repeats it, for a person.
    static func watch(path: String, command: String) {
        self.file = strdup(path)
        self.words = strdup("\nthe input is in \(path); repeat it with: \(command)\n")
        for signal in self.signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { InputAtHand.tell($0) }
            // The Swift runtime's own report comes after ours.
            var before = sigaction()
            sigaction(signal, &action, &before)
            self.earlier[signal] = before
        }
    }

    static func unwatch() {
        alarm(0)
        for (signal, before) in self.earlier {
            var before = before
            sigaction(signal, &before, nil)
        }
        self.earlier = [:]
        for text in [self.file, self.words] { free(text) }
        (self.file, self.words) = (nil, nil)
    }

    static func reading(_ input: [UInt8], _ body: () throws -> Void) rethrows {
        try input.withUnsafeBufferPointer { buffer in
            (self.bytes, self.count) = (buffer.baseAddress, buffer.count)
            alarm(self.patience)
            defer {
                alarm(0)
                (self.bytes, self.count) = (nil, 0)
            }
            try body()
        }
    }

    private static func tell(_ signal: Int32) {
        if let file = self.file, let words = self.words {
            let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            if let bytes = self.bytes { write(descriptor, bytes, self.count) }
            close(descriptor)
            write(2, words, strlen(words))
        }
        Glibc.signal(signal, SIG_DFL)
        raise(signal)
    }
}
