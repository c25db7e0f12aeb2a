import FoundationEssentials
import Synchronization

/// The cookies that the logins of this call have brought, so that twenty projects of one account log in once. Any thread.
package final class Logins: Sendable {
    /// Whose cookie it is, for what, and where it came from.
    struct Key: Sendable, Hashable {
        var api: Origin
        var login: HTTPURL
        var user: String
        var password: Secret
    }

    private let cookies = Mutex<[Key: Secret]>([:])

    package init() {}

    func cookie(_ key: Key) -> Secret? { self.cookies.withLock { $0[key] } }

    func keep(_ cookie: Secret, _ key: Key) { self.cookies.withLock { $0[key] = cookie } }
}
