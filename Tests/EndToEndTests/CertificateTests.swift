import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// A certificate that is not in order ends the run before anybody is told anything.
@Suite(.timeLimit(.minutes(5))) struct CertificateTests {
    @Test(arguments: CertificateFault.allCases, [true, false])
    func `a certificate that is not in order ends the run with 69 and no request`(
        fault: CertificateFault,
        hasToken: Bool
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.certificateFault = fault
        try await withMirror(configuration) { mirror in
            let result = try await mirror.run(
                environment: hasToken ? mirror.tokenEnvironment : mirror.passwordEnvironment
            )
            #expect(result.exit == RunStatus.unavailable.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains("certificate") == true, "\(result.errors)")
            #expect(mirror.simulator.requests.all.isEmpty)
            #expect(result.duration < .seconds(10), "trying again does not mend a certificate")
        }
    }

    @Test(arguments: CertificateFault.allCases)
    func `a bad certificate of a product host is told once, for all products`(fault: CertificateFault) async throws {
        var other = SimulatorConfiguration()
        other.certificateFault = fault
        try await withSimulator(other) { stranger in
            try await withMirror { mirror in
                stranger.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject([1, 2, 3]))
                try mirror.addJob(
                    """
                    {"files": [{"filename": "\(MirrorFixture.stem).zip", "size": 1,
                                "url": "\(stranger.catalogue.url(MirrorFixture.key(".zip")))"}]}
                    """
                )
                let report = try await mirror.sync()
                #expect(report.exitCode == .unavailable)
                #expect(report.stopped?.contains("certificate") == true, "\(report.stopped ?? "")")
                // The stranger's authority is another one, whatever else is wrong with his certificate.
                #expect(report.stopped?.contains("named with --cacert") == true, "\(report.stopped ?? "")")
                #expect(report.left == 1 && report.rows.isEmpty, "\(report.rows)")
                #expect(stranger.requests.all.isEmpty && mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
            }
        }
    }
}
