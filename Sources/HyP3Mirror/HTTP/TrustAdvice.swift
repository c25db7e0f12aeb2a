package import CurlTransfer

/// What helps where a server's certificate is not acceptable, for the end of a sentence.
package enum TrustAdvice {
    package static func cure(for error: TransferError, clock: ServiceClock) -> String {
        switch error.code {
        case .certificateTime: clock.certificateAdvice
        case .certificateStore:
            "install the system's certificates (the package ca-certificates), or name a file of them with --cacert"
        default: "a private certificate authority is named with --cacert"
        }
    }
}
