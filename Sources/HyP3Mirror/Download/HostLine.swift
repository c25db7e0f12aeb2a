import Synchronization

/// What is measured of all connections to one host. Any thread.
final class HostLine: Sendable {
    let origin: Origin
    private let bytes = Atomic<Int>(0)
    /// Microseconds; zero is unknown.
    private let fastest = Atomic<Int>(0)

    init(_ origin: Origin) { self.origin = origin }

    /// Bytes of bodies that came from it.
    var receivedBytes: Int64 { Int64(self.bytes.load(ordering: .relaxed)) }

    func add(bytes: Int) { self.bytes.wrappingAdd(bytes, ordering: .relaxed) }

    /// Seconds from a request to its answer, the shortest seen; nil until there was one.
    var latency: Double? {
        let microseconds = self.fastest.load(ordering: .relaxed)
        return microseconds > 0 ? Double(microseconds) / 1e6 : nil
    }

    func note(latency: Duration) {
        let (seconds, attoseconds) = latency.components
        let microseconds = max(1, Int(clamping: seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
        let known = self.fastest.load(ordering: .relaxed)
        if known == 0 || microseconds < known { self.fastest.store(microseconds, ordering: .relaxed) }
    }
}
