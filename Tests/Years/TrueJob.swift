import FoundationEssentials

/// A file of a job, as it truly is.
struct TrueProduct: Sendable, Hashable {
    let jobID: String
    /// Its name, as in the archive.
    let file: String
    /// The suffix as it is configured.
    let template: String
    let key: String
    let bytes: [UInt8]
    /// Lower-case hexadecimal.
    let sha256: String
    /// From when on the bucket has it.
    let uploaded: Date
    /// From when on it is gone.
    let expires: Date

    func isInBucket(at date: Date) -> Bool { self.uploaded <= date && date < self.expires }
}

/// A job from its request to the end of the year.
struct TrueJob: Sendable {
    /// What HyP3 says of it at some instant.
    struct Phase: Sendable, Hashable {
        var status: String
        var listsFiles: Bool
        var name: String
    }

    let id: String
    let stem: String
    let requested: Date
    /// From when on HyP3 lists it: its database shows some jobs later than others that were requested after them.
    let listed: Date
    /// When it comes to its end.
    let finished: Date
    let fails: Bool
    /// From when on HyP3 lists its files; not before the end.
    let filesListed: Date
    /// A midnight.
    let expires: Date
    /// Its names, each from an instant on; the first from the request.
    let names: [(since: Date, name: String)]
    /// Those that the bucket gets, wanted or not.
    let products: [TrueProduct]
    /// As HyP3 lists it in the end.
    let json: String

    func name(at date: Date) -> String { self.names.last { $0.since <= date }?.name ?? self.names[0].name }

    /// Nil before it is listed.
    func phase(at date: Date) -> Phase? {
        guard date >= self.listed else { return nil }
        let status =
            if date >= self.finished {
                self.fails ? "FAILED" : "SUCCEEDED"
            } else {
                date < self.requested.addingTimeInterval(300) ? "PENDING" : "RUNNING"
            }
        return Phase(status: status, listsFiles: !self.fails && date >= self.filesListed, name: self.name(at: date))
    }

    /// From when on nothing more changes of it but that it expires.
    var settled: Date {
        ([self.listed, self.finished, self.filesListed] + self.names.map(\.since) + self.products.map(\.uploaded)).max()
            ?? self.finished
    }

    /// Since when it has had the name that it has then.
    func renamed(at date: Date) -> Date { self.names.last { $0.since <= date }?.since ?? self.requested }

    /// Whether it had that name all the time from its request on.
    func isAlways(_ name: String, until date: Date) -> Bool {
        self.names.allSatisfy { $0.since > date || $0.name == name }
    }

    /// Whether HyP3 gives the product under that project name.
    func offers(_ product: TrueProduct, as name: String, at date: Date) -> Bool {
        guard let phase = self.phase(at: date) else { return false }
        return phase.name == name && phase.status == "SUCCEEDED" && phase.listsFiles && product.isInBucket(at: date)
    }
}
