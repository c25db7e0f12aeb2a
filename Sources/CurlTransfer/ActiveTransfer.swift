import CCurl

/// A transfer between its start and its end: the context of libcurl's callbacks. Lives on the transfer thread.
final class ActiveTransfer {
    enum Pause {
        /// The sink has no room; it resumes the transfer itself.
        case sink
        /// The rate limit is used up; the loop resumes it.
        case rate
    }

    let id: UInt64
    let easy: EasyHandle
    let sink: any BodySink
    let url: String
    private let control: TransferControl
    private let limiter: RateLimiter
    private let counter: ByteCounter
    private var head: HTTPResponseHead?
    private(set) var hasBegun = false
    private(set) var wasStopped = false
    private(set) var received: Int64 = 0
    /// Why no bytes are taken at the moment.
    var pause: Pause?
    let finish: (Result<TransferSummary, TransferError>) -> Void

    init(
        id: UInt64,
        easy: EasyHandle,
        url: String,
        sink: any BodySink,
        control: TransferControl,
        limiter: RateLimiter,
        counter: ByteCounter,
        finish: @escaping (Result<TransferSummary, TransferError>) -> Void
    ) {
        self.id = id
        self.easy = easy
        self.url = url
        self.sink = sink
        self.control = control
        self.limiter = limiter
        self.counter = counter
        self.finish = finish
    }

    /// One header line, as CURLOPT_HEADERFUNCTION(3) gives it: the status line, a field, or the empty line at the end.
    func header(_ line: UnsafeRawBufferPointer) -> Bool {
        self.counter.add(line.count)
        // A line that begins with white space goes on with the one before it; before the first field it means nothing
        // (RFC 9112 §2.2, §5.2).
        let isContinuation = line.first.map { $0 == 32 || $0 == 9 } ?? false
        let line = line.trimmed
        if isContinuation, !line.isEmpty {
            if !self.hasBegun { self.head?.headers.extendLast(String(decoding: line, as: UTF8.self)) }
            return true
        }
        if line.starts(with: "HTTP/".utf8) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 2)
            guard words.count >= 2, let status = Int(words[1]) else { return false }
            self.head = HTTPResponseHead(status: status, headers: [:])
            return true
        }
        // Trailers of a chunked body come after it has begun; nothing here uses them.
        guard let head = self.head, !self.hasBegun else { return true }
        guard !line.isEmpty else {
            // 1xx answers are followed by the final one (RFC 9110 §15.2).
            return head.status < 200 ? true : self.begin(head)
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]).trimmed
        self.head?.headers.append(
            String(decoding: line[..<colon], as: UTF8.self),
            String(decoding: value, as: UTF8.self)
        )
        return true
    }

    private func begin(_ head: HTTPResponseHead) -> Bool {
        self.hasBegun = true
        if case .enough = self.sink.begin(head, control: self.control) {
            self.wasStopped = true
        }
        return true
    }

    /// The number of bytes taken, as CURLOPT_WRITEFUNCTION(3) wants it.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard !self.wasStopped else { return 0 }
        guard self.limiter.allows() else { return self.hold(.rate) }
        switch self.sink.receive(bytes) {
        case .take:
            self.take(bytes.count)
            return bytes.count
        case .pause:
            return self.hold(.sink)
        case .enough:
            self.take(bytes.count)
            self.wasStopped = true
            return 0
        }
    }

    private func take(_ count: Int) {
        self.received += Int64(count)
        self.counter.add(count)
        self.limiter.spend(count)
    }

    private func hold(_ reason: Pause) -> Int {
        self.pause = reason
        return Int(CURL_WRITEFUNC_PAUSE)
    }

    /// What the transfer came to, when libcurl says `code`.
    func result(_ code: CURLcode) -> Result<TransferSummary, TransferError> {
        guard let head = self.head, self.hasBegun, code == CURLE_OK || self.wasStopped else {
            let proxyAnswer = self.easy.long(CURLINFO_HTTP_CONNECTCODE)
            return .failure(
                TransferError(curl: code, detail: self.easy.lastError, url: self.url, proxyAnswer: proxyAnswer)
            )
        }
        return .success(
            TransferSummary(
                head: head,
                received: self.received,
                wasStopped: self.wasStopped,
                connectTime: self.easy.microseconds(CURLINFO_CONNECT_TIME_T),
                firstByteTime: self.easy.microseconds(CURLINFO_STARTTRANSFER_TIME_T),
                totalTime: self.easy.microseconds(CURLINFO_TOTAL_TIME_T),
                reusedConnection: self.easy.long(CURLINFO_NUM_CONNECTS) == 0
            )
        )
    }
}

extension UnsafeRawBufferPointer {
    /// Without spaces, tabs and line ends on both sides.
    fileprivate var trimmed: UnsafeRawBufferPointer {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }
        guard let first = self.firstIndex(where: { !isBlank($0) }), let last = self.lastIndex(where: { !isBlank($0) })
        else { return UnsafeRawBufferPointer(rebasing: self[0..<0]) }
        return UnsafeRawBufferPointer(rebasing: self[first...last])
    }
}
