import FoundationEssentials

extension PlannedProduct {
    /// One line of `plan --format json`, without its end: an object with `job_id`, `suffix`, `file`, `path`, `url`,
    /// `state`, `reason`, `expires` (ISO 8601, UTC) and `size` (bytes, as the bucket lists it); null where there is no such
    /// thing.
    package var jsonLine: String {
        var line: [UInt8] = []
        line.reserveCapacity(768)
        JSONText.append("{\"job_id\":", self.jobID, to: &line)
        JSONText.append(",\"suffix\":", self.suffix, to: &line)
        JSONText.append(",\"file\":", self.file.nonEmpty, to: &line)
        JSONText.append(",\"path\":", self.path.nonEmpty, to: &line)
        JSONText.append(",\"url\":", self.url.nonEmpty, to: &line)
        JSONText.append(",\"state\":", self.state.rawValue, to: &line)
        JSONText.append(",\"reason\":", self.reason, to: &line)
        JSONText.append(",\"expires\":", self.expires.map { CivilTime($0).text }, to: &line)
        line += Array(",\"size\":\(self.listed.map { "\($0.size)" } ?? "null")}".utf8)
        return ForeignText.json(String(decoding: line, as: UTF8.self))
    }
}

extension Plan {
    /// The URLs of what is to be fetched, in the plan's order: an input file of other download tools, a line each.
    package var urls: some Sequence<String> { self.products([.fetch]).lazy.map(\.url).filter { !$0.isEmpty } }
}

extension String {
    fileprivate var nonEmpty: String? { self.isEmpty ? nil : self }
}
