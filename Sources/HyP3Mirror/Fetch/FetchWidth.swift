import Glibc

/// How much is under way at once: what the user allows, as far as this process may have so many files open.
struct FetchWidth: Sendable, Hashable {
    /// Transfers at once.
    let connections: Int
    /// Products at once, each with an open file: more than there are connections, so that proof and commit of one happen
    /// while the next is on the line.
    let products: Int

    /// Descriptors for all else: standard streams, lock, journal, records, directories, the engine's own.
    private static let others = 36
    /// Of a connection: its socket, and the two by which libcurl's resolver tells that it is done.
    private static let ofConnection = 3
    /// Of a product: its data and its record.
    private static let ofProduct = 2
    private static let ahead = 64

    /// - Parameters:
    ///   - wanted: connections, as the user has it.
    ///   - descriptors: files and sockets that the process may have open.
    init(wanted: Int, descriptors: Int) {
        let free = max(0, descriptors - Self.others)
        self.connections = max(1, min(wanted, free / (2 * (Self.ofConnection + Self.ofProduct))))
        let left = free - self.connections * Self.ofConnection
        self.products = max(1, min(self.connections + Self.ahead, left / Self.ofProduct))
    }

    /// As the settings have it, over all hosts.
    init(_ settings: ProjectSettings) {
        let wanted = if case .fixed(let count) = settings.connections { count } else { DownloadBudget.mostByDefault }
        self.init(wanted: wanted, descriptors: Self.raisedDescriptorLimit())
    }

    /// Raises the limit of open files to what the system allows (getrlimit(2)), and returns it.
    private static func raisedDescriptorLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
