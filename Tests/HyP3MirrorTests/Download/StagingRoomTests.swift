import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import HyP3Mirror

/// The room of a disk that is asked, written to by others, and refuses.
@Suite(.timeLimit(.minutes(1))) struct `Staging room` {
    /// A disk of so many bytes with files on it, and a clock that stands still.
    private final class Disk: Sendable {
        struct State {
            var free: Int64
            var files: [String: Int64]
            var now = ContinuousClock.now
            var readings = 0
        }
        let state: Mutex<State>

        init(free: Int64, files: [String: Int64] = [:]) { self.state = Mutex(State(free: free, files: files)) }

        func room(reserve: Int64 = 0, idle: [String: RoomLedger.Idle] = [:]) -> StagingRoom {
            StagingRoom(
                reserve: reserve,
                idle: idle,
                look: {
                    self.state.withLock { state in
                        state.readings += 1
                        return DiskSpace(free: state.free, size: 1_000_000_000)
                    }
                },
                remove: { path in self.state.withLock { $0.free += $0.files.removeValue(forKey: path) ?? 0 } },
                now: { self.state.withLock { $0.now } }
            )
        }

        func write(_ count: Int64) { self.state.withLock { $0.free -= count } }
        func letTimePass() { self.state.withLock { $0.now += .seconds(2) } }
        var free: Int64 { self.state.withLock { $0.free } }
    }

    private static let full = FilesystemError("write", "x", .noSpace)

    private static func urgency(_ day: Int) -> Urgency {
        Urgency(expires: Date(timeIntervalSince1970: Double(day) * 86400), requested: .distantPast, path: "\(day)")
    }

    private static func claim(_ room: StagingRoom, _ day: Int, size: Int64? = nil) async throws -> StagingRoom.Claim {
        try await room.claim("\(day)", Self.urgency(day), target: "/archive/\(day).tif", size: size)
    }

    @Test func `a disk is not asked for every product and every write`() async throws {
        let disk = Disk(free: 900_000_000)
        let room = disk.room()
        for day in 1...50 {
            let claim = try await Self.claim(room, day, size: 1_000_000)
            try claim.admit(total: 1_000_000)
            for _ in 0..<4 { try claim.writing(250_000) { disk.write(250_000) } }
            claim.giveBack(isStaged: false)
        }
        #expect(disk.state.withLock { $0.readings } == 1)
        disk.letTimePass()
        _ = try await Self.claim(room, 51, size: 1_000_000)
        #expect(disk.state.withLock { $0.readings } == 2)
    }

    @Test func `ten of unknown length written side by side leave what is to stay free`() async throws {
        let (free, reserve): (Int64, Int64) = (40_000_000, 20_000_000)
        let disk = Disk(free: free)
        let room = disk.room(reserve: reserve)
        let ends = try await withThrowingTaskGroup(of: Bool.self) { group in
            for day in 1...10 {
                group.addTask {
                    let claim = try await Self.claim(room, day)
                    try claim.admit(total: nil)
                    do {
                        for _ in 0..<20 {
                            try claim.writing(262_144) {
                                disk.write(262_144)
                                #expect(disk.free >= reserve)
                            }
                        }
                        return true
                    } catch is NoRoom {
                        return false
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.contains(false))
        #expect(disk.free >= reserve && disk.free < free)
    }

    @Test func `others that fill the disk stop what expires last, before the reserve is used up`() async throws {
        let disk = Disk(free: 100_000_000)
        let room = disk.room(reserve: 10_000_000)
        let claims = [try await Self.claim(room, 1, size: 40_000_000), try await Self.claim(room, 2, size: 40_000_000)]
        for claim in claims { try claim.writing(1_000_000) { disk.write(1_000_000) } }
        disk.write(30_000_000)
        disk.letTimePass()
        try claims[0].writing(1_000_000) { disk.write(1_000_000) }
        #expect(throws: NoRoom.self) { try claims[1].writing(1_000_000) { disk.write(1_000_000) } }
        for _ in 0..<38 { try claims[0].writing(1_000_000) { disk.write(1_000_000) } }
        #expect(disk.free >= 10_000_000)
    }

    @Test func `a disk that refuses what it said is free is given the bytes that expire last`() async throws {
        let idle = Dictionary(
            uniqueKeysWithValues: [1, 3, 4].map { day in
                ("\(day)", RoomLedger.Idle(urgency: Self.urgency(day), bytes: 1_000_000, total: 2_000_000))
            }
        )
        let disk = Disk(free: 900_000_000, files: idle.mapValues(\.bytes))
        let room = disk.room(idle: idle)
        let claim = try await Self.claim(room, 2, size: 2_000_000)
        var refusals = 2
        try claim.writing(1_000_000) {
            if refusals > 0 {
                refusals -= 1
                throw Self.full
            }
        }
        #expect(disk.state.withLock { Set($0.files.keys) } == ["1"])
        let error = #expect(throws: NoRoom.self) { try claim.writing(1_000_000) { throw Self.full } }
        #expect(error?.refusal == .noSpace)
    }

    @Test func `a disk that cannot hold a product at all is that product's failure`() async throws {
        let claim = try await Self.claim(Disk(free: 900_000_000).room(), 1)
        let failure = #expect(throws: FetchFailure.self) { try claim.admit(total: 2_000_000_000) }
        #expect(failure?.reason == "2 GB are announced, and the whole file system of the archive has 1 GB")
    }

    @Test func `a shortage says what is needed, what is free and what is kept`() async throws {
        let disk = Disk(free: 8_000_000)
        let room = disk.room(reserve: 3_000_000)
        let first = try await Self.claim(room, 1, size: 2_000_000)
        let error = await #expect(throws: NoRoom.self) { _ = try await Self.claim(room, 2, size: 5_000_000) }
        #expect(
            error?.description
                == "cannot archive /archive/2.tif: No space left on device. 5 MB more are needed and 8 MB are free, "
                + "of which --min-free keeps 3 MB and 2 MB are for what is under way; free some space or lower --min-free."
        )
        first.giveBack(isStaged: false)
        _ = try await Self.claim(room, 2, size: 4_900_000)
    }

    @Test func `what an impossible size says is left to the answer`() async throws {
        let room = Disk(free: 1_000_000).room()
        for size in [Int64.max, Int64.min, -1, 1 << 62] { _ = try await Self.claim(room, 1, size: size) }
    }
}
