import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Synchronization

/// A clock that stands until it is set.
final class SimulatedTime: Sendable {
    private let time: Mutex<Date>

    /// 2026-11-20T06:00:00Z
    static let start = Date(timeIntervalSince1970: 1_795_154_400)

    init(day: Double = 0) { self.time = Mutex(Self.date(day: day)) }

    /// That many days after the start.
    static func date(day: Double) -> Date { self.start.addingTimeInterval(day * 86400) }

    func set(day: Double) { self.time.withLock { $0 = Self.date(day: day) } }

    /// This clock; waits are real.
    var pace: Pace {
        Pace(now: { self.time.withLock { $0 } }, sleep: Pace.real.sleep, random: { 0.5 })
    }
}

extension MirrorFixture {
    /// Adds a job of its own stem, which lists its zip; the zip lies in the bucket.
    ///
    /// - Parameters:
    ///   - name: becomes job id, directory and stem.
    ///   - days: of its request and of its deletion, after `SimulatedTime.start`.
    ///   - url: of a key, where it is not the bucket's own.
    func addJob(_ name: String, days: (requested: Double, deleted: Double), url: ((String) -> String)? = nil) throws {
        let catalogue = self.simulator.catalogue
        let key = "\(name)/\(name).zip"
        catalogue.putObject(key, StoredObject([1, 2, 3]))
        func text(_ day: Double) -> String { SimulatedTime.date(day: day).formatted(.iso8601) }
        try catalogue.putJob(
            """
            {"job_id": "\(name)", "user_id": "\(self.simulator.username)", "name": "\(Self.project)",
             "job_type": "RTC_GAMMA", "job_parameters": {}, "status_code": "SUCCEEDED",
             "request_time": "\(text(days.requested))", "expiration_time": "\(text(days.deleted))",
             "files": [{"filename": "\(name).zip", "size": 3, "url": "\(url?(key) ?? catalogue.url(key))"}]}
            """
        )
    }

    func put(_ suffix: String, of name: String, _ bytes: [UInt8] = [1, 2, 3, 4]) {
        self.simulator.catalogue.putObject("\(name)/\(name)\(suffix)", StoredObject(bytes))
    }

    /// As HyP3 deletes a job's products.
    func delete(_ name: String) {
        for key in self.simulator.catalogue.keys(prefix: "\(name)/") { self.simulator.catalogue.removeObject(key) }
    }
}
