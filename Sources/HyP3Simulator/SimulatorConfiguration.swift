/// How a simulator is set up. The defaults are an empty service without faults on a free port.
package struct SimulatorConfiguration: Sendable {
    /// How the URLs of generated products are written.
    package enum ProductURLs: String, Sendable, CaseIterable {
        /// `https://BUCKET.s3.localhost:PORT/KEY`; libcurl resolves such names by itself.
        case virtualHost
        /// `https://localhost:PORT/BUCKET/KEY`, for clients that cannot.
        case path
        /// `https://cdn.localhost:PORT/KEY`, as a CDN before the bucket has it.
        case cdn
    }

    /// The TLS port; 0 takes a free one.
    package var port = 0
    /// Where the certificates go; nil makes a directory and removes it in the end.
    package var directory: String?
    /// The generated jobs and products.
    package var catalogue = CatalogueConfiguration()
    /// The dozen jobs of the demonstration instead of `catalogue.jobs` random ones.
    package var isDemonstration = false
    /// The faults in force from the start.
    package var faults: [Fault] = []
    /// Milliseconds every page of `/jobs` takes.
    package var pageLatency = 0
    /// Bytes the database reads for a page of `/jobs`.
    package var pageLimit = 1 << 20
    /// The one account.
    package var username = "scientist"
    package var password = "correct-horse"
    /// The host of the interface; the login host has another one, so that tests see who is told what.
    package var apiHost = "localhost"
    package var loginHost = "urs.localhost"
    /// The host that login redirects to, which sets the cookie; nil is the interface's.
    package var redirectHost: String?
    /// `Domain` of the cookie.
    package var cookieDomain: String?
    /// Seconds a login lasts.
    package var cookieLifetime = 7 * 86_400
    package var productURLs = ProductURLs.virtualHost
    /// Further host names for the certificate.
    package var extraHosts: [String] = []
    package var certificateFault: CertificateFault?
    /// Requests under way at once that a bucket host serves; more are answered 503 SlowDown.
    package var concurrencyLimit: Int?
    /// Body bytes a second that the bucket gives a connection.
    package var bytesPerSecond: Int?
    /// A file that gets a JSON object a line for every request.
    package var requestLogFile: String?
    /// What time it is: by it objects expire, tokens and logins end, and answers are dated.
    package var clock: @Sendable () -> CalendarTime = { currentTime() }
    /// Whether `requests` remembers them; off for long runs.
    package var keepsRequests = true

    /// An empty service.
    package init() {}

    /// A service with that many generated jobs.
    package init(jobs: Int, seed: UInt64 = 1) {
        catalogue = CatalogueConfiguration(jobs: jobs, seed: seed)
    }
}
