import Foundation
import HyP3Mirror
import HyP3Simulator
import Logging
import Testing

/// A machine whose clock is off: HyP3's says what has expired.
@Suite(.timeLimit(.minutes(5))) struct ClockTests {
    private static func time(inDays days: Double) -> String {
        CivilTime(Date.now.addingTimeInterval(days * 86_400)).text.replacing("Z", with: "+00:00")
    }

    /// What expires in five days, for a service that is 20 days behind this machine, or 20 days ahead.
    @Test(arguments: [-20, 20])
    func `expiry is told by the service's clock, and the difference once`(days: Int) async throws {
        try await withProduct([1, 2, 3], faults: [Fault(.api, effect: .clock(ahead: days * 86_400))]) { mirror in
            let expires = Self.time(inDays: days < 0 ? -15 : 15)
            try mirror.simulator.catalogue.updateJob(MirrorFixture.jobID, "{\"expiration_time\": \"\(expires)\"}")
            let report = try await mirror.sync()
            if days < 0 {
                #expect(report.count(.archived) == 1 && report.exitCode == .ok, "\(report)")
            } else {
                #expect(report.count(.expired) == 1 && mirror.productRequests.isEmpty, "\(report)")
            }
            let told = report.warnings.filter { $0.contains("this machine's clock is 20 days") }
            #expect(told.count == 1, "\(report.warnings)")
            #expect(told.first?.contains(days < 0 ? "ahead" : "behind") == true)
        }
    }

    @Test func `a token that only this machine takes for expired is given to HyP3`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let ahead = Pace(
                now: { Date.now.addingTimeInterval(90 * 86_400) },
                sleep: Pace.real.sleep,
                random: { 0.5 }
            )
            let run = try mirror.mirror(pace: ahead)
            mirror.simulator.setClock(ahead: 0)
            let report = try await run.sync(stop: RunStop(), traffic: Traffic()) { _ in }.written
            #expect(report.exitCode == .ok && report.archived == 1, "\(report)")
            #expect(report.warnings.count { $0.contains("this machine's clock is 90 days ahead") } == 1)
        }
    }

    @Test func `an expiration that cannot be read is told, and its products come first`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try mirror.simulator.catalogue.updateJob(MirrorFixture.jobID, #"{"expiration_time": "in a fortnight"}"#)
            let result = try await mirror.run("sync", ["--quiet"])
            #expect(result.exit == 0 && mirror.bytes(MirrorFixture.stem + "_x.bin") == [1, 2, 3])
            #expect(result.errors.contains("1 job may be deleted any day"), "\(result.errors)")
        }
    }

    @Test func `a certificate that is over is told with this machine's clock`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.certificateFault = .expired
        try await withMirror(configuration) { mirror in
            let result = try await mirror.run()
            #expect(result.exit == RunStatus.unavailable.rawValue)
            #expect(result.sentence?.contains("this machine's clock says") == true, "\(result.errors)")
            #expect(result.sentence?.contains("--cacert") == false)
        }
    }

    @Test func `certificates to trust that are none are a configuration error`() async throws {
        try await withMirror { mirror in
            let empty = "\(mirror.archive)/empty.pem"
            try Data("no certificate".utf8).write(to: URL(fileURLWithPath: empty))
            for path in ["\(mirror.archive)/none.pem", empty, mirror.archive] {
                let settings = try mirror.settings(["cacert": [path]])
                let run = OneProject(settings, environment: mirror.tokenEnvironment, logger: .init(label: "t"))
                let report = try await run.sync(stop: RunStop(), traffic: Traffic()) { _ in }.written
                #expect(report.exitCode == .configuration, "\(report.stopped ?? "")")
                #expect(report.stopped?.contains(path) == true)
            }
        }
    }
}
