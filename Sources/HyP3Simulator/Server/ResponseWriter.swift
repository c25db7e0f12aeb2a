/// Puts a response on the wire, with the ending its script asks for.
struct ResponseWriter {
    let connection: Connection
    let stalls: StallGate
    /// Of the gate when the request came: whoever lets go what is stalled means the request that is about to be, too.
    let generation: Int

    /// Counts body bytes while they go out, so that they are known however the sending ends.
    final class Progress {
        var sent = 0
        /// Whether the body was sent to its own end.
        var isWhole = false
    }

    /// Sends `response`; throws when the connection is of no further use.
    func send(_ response: HTTPResponse, progress: Progress) throws(Connection.Ended) {
        if response.delay > 0 { try connection.pause(seconds: response.delay) }
        try connection.write(response.head(now: currentTime()))
        guard response.sendsBody else {
            progress.isWhole = true
            return
        }
        let limit = response.ending.map { min($0.after, response.body.count) } ?? response.body.count
        try sendBody(response.body.slice(0..<max(0, limit)), of: response, progress: progress)
        response.afterBody?()
        if let ending = response.ending {
            try end(ending.kind)
            try sendBody(response.body.slice(max(0, limit)..<response.body.count), of: response, progress: progress)
        }
        if case .chunked = response.declaredLength { try connection.write(Array("0\r\n\r\n".utf8)) }
        progress.isWhole = true
    }

    private func sendBody(
        _ body: Content,
        of response: HTTPResponse,
        progress: Progress
    ) throws(Connection.Ended) {
        let start = monotonicSeconds()
        var sent = 0
        if response.bytesPerSecond != nil { connection.limitSendBuffer(to: 128 * 1024) }
        let isChunked = if case .chunked = response.declaredLength { true } else { false }
        try body.forEachRun { (run) throws(Connection.Ended) in
            var rest = run
            while !rest.isEmpty {
                let size = response.bytesPerSecond.map { max(1, $0 / 50) } ?? rest.count
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(size))
                if isChunked { try connection.write(Array("\(String(part.count, radix: 16))\r\n".utf8)) }
                try connection.write(part)
                if isChunked { try connection.write([13, 10]) }
                sent += part.count
                progress.sent += part.count
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
                if let rate = response.bytesPerSecond {
                    let due = start + Double(sent) / Double(max(1, rate))
                    try connection.pause(seconds: due - monotonicSeconds())
                }
            }
        }
    }

    private func end(_ kind: HTTPResponse.Ending) throws(Connection.Ended) {
        switch kind {
        case .cut:
            connection.linger()
        case .drop:
            connection.closeSending(announced: false)
            _ = connection.peerHasGone(withinMilliseconds: 200)
        case .reset:
            // A reset overtakes bytes that the client has not read yet; the pause lets those sent be read first.
            try connection.pause(seconds: 0.05)
            connection.armReset()
        case .halfClose:
            connection.closeSending()
            while !connection.peerHasGone(withinMilliseconds: 1_000) {}
        case .stall:
            try stalls.wait(on: connection, since: generation)
            return
        }
        throw Connection.Ended()
    }
}
