/// Product hosts gave nothing: why a run archived nothing of what it had to fetch.
package struct ProductHostError: Error, Sendable, CustomStringConvertible {
    let troubles: [ProductHosts.Trouble]

    init(_ troubles: [ProductHosts.Trouble]) { self.troubles = troubles }

    /// One sentence.
    package var description: String {
        let hosts = self.troubles.map { "\($0.reason)" }.joined(separator: "; ")
        return "no product could be had: \(hosts)"
    }
}

extension ProductHosts.Trouble {
    /// What a person is told of a host where something could be had, in one sentence.
    var warning: String {
        if self.isListingOnly {
            return
                "products of suffixes with * are left for the next run, as their bucket was not listed: \(self.reason)"
        }
        return
            "\(self.origin) gives nothing\(self.hasAnswered ? " any more" : ""), and was left alone for the rest of the "
            + "run: \(self.reason)"
    }
}
