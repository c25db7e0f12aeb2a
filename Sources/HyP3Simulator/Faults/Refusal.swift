/// How a bucket, or something on the way to it, refuses everything.
package enum Refusal: String, Sendable, CaseIterable {
    /// The bucket's policy: 403 with S3's document.
    case policy
    /// Nobody may read the objects, and everybody may list them.
    case objectPolicy
    /// A firewall's page with 403.
    case page
    /// CloudFront's page for a blocked country.
    case cloudFront
    /// 451 with a page.
    case legal
    /// The login page of a network with its own status, 511 (RFC 6585 §6).
    case networkLogin
    /// The login page of a network with 200.
    case portal
    /// 404: there is no such bucket.
    case noBucket
    /// 403: this machine's clock is wrong.
    case skewedClock

    /// The faults that make it so.
    package var faults: [Fault] {
        let targets: [Fault.Target] = self == .objectPolicy ? [.object] : [.object, .listing]
        return targets.map { Fault($0, effect: self.effect) }
    }

    private var effect: Fault.Effect {
        switch self {
        case .policy, .objectPolicy: .status(code: 403)
        case .page: Self.page(403, "Access blocked")
        case .cloudFront: Self.page(403, "ERROR: The request could not be satisfied")
        case .legal: Self.page(451, "Unavailable For Legal Reasons")
        case .networkLogin: Self.page(511, "Network Authentication Required")
        case .portal: .html
        case .noBucket: .refused(404, "NoSuchBucket")
        case .skewedClock: .refused(403, "RequestTimeTooSkewed")
        }
    }

    private static func page(_ status: Int, _ title: String) -> Fault.Effect {
        let body = "<!DOCTYPE html>\n<html><head><title>\(title)</title></head><body><h1>\(title)</h1></body></html>"
        return .status(code: status, body: body, contentType: "text/html")
    }
}

extension Fault.Effect {
    /// A status with S3's document for that code.
    package static func refused(_ status: Int, _ code: String) -> Fault.Effect {
        let document =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code><Message>Simulated</Message>"
        return .status(
            code: status,
            body: document + "<RequestId>D312B36E3ECDE019</RequestId></Error>",
            contentType: "application/xml"
        )
    }
}
