import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import Synchronization
import Testing

@Suite struct `Service clock` {
    /// A machine whose clock is off by so many seconds; the service's is right.
    private static func clock(off seconds: Double, passed: Duration = .zero) -> ServiceClock {
        let elapsed = Mutex(Duration.zero)
        let clock = ServiceClock(
            local: { TestPace.now + seconds },
            elapsed: { elapsed.withLock { $0 } }
        )
        clock.note(dateHeader: "Thu, 01 Aug 2024 08:13:20 GMT")
        elapsed.withLock { $0 = passed }
        return clock
    }

    @Test func `before an answer this machine's clock counts`() {
        let clock = ServiceClock(local: { TestPace.now }, elapsed: { .zero })
        #expect(clock.now == TestPace.now && clock.warning == nil)
        #expect(clock.certificateAdvice == "this machine's clock says 2024-08-01T08:13:20Z; if that is wrong, set it")
    }

    @Test(arguments: [-299, -1, 0, 5, 299] as [Double])
    func `a few minutes are no difference`(_ seconds: Double) {
        let clock = Self.clock(off: seconds)
        #expect(clock.now == TestPace.now + seconds && clock.warning == nil)
    }

    @Test(
        arguments: [
            (20 * 86_400, "20 days ahead"), (-3 * 86_400, "3 days behind"), (3 * 3600, "3 hours ahead"),
            (-360, "6 minutes behind"),
        ] as [(Double, String)]
    )
    func `more is told, and the service's clock counts`(_ seconds: Double, _ words: String) {
        let clock = Self.clock(off: seconds)
        #expect(clock.now == TestPace.now)
        #expect(
            clock.warning?.hasPrefix("this machine's clock is \(words) (it says ") == true,
            "\(clock.warning ?? "")"
        )
        #expect(clock.warning?.contains("HyP3 says 2024-08-01T08:13:20Z") == true)
        #expect(clock.certificateAdvice.contains(words) && clock.certificateAdvice.hasSuffix("set it"))
    }

    @Test func `the service's time goes on`() {
        let clock = Self.clock(off: 86_400, passed: .seconds(3600))
        #expect(clock.now == TestPace.now + 3600)
    }

    @Test(
        arguments: [nil, "", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Aug 9024 08:13:20 GMT"] as [String?]
    )
    func `what is no time of a service is passed over`(_ text: String?) {
        let clock = ServiceClock(local: { TestPace.now }, elapsed: { .zero })
        clock.note(dateHeader: text)
        #expect(clock.now == TestPace.now && clock.warning == nil)
    }

    @Test func `the cure for a certificate names what is wrong`() {
        let clock = Self.clock(off: 86_400 * 400)
        func cure(_ code: TransferError.Code) -> String {
            TrustAdvice.cure(for: TransferError(code: code, message: "x"), clock: clock)
        }
        #expect(cure(.certificateTime).contains("400 days ahead") && !cure(.certificateTime).contains("--cacert"))
        #expect(cure(.certificateStore).contains("ca-certificates"))
        #expect(cure(.tls).contains("--cacert"))
    }
}
