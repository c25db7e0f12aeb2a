import FoundationEssentials

extension Product {
    /// The product that a line of the manifest records, to be fetched anew to where it lies now.
    package init(_ entry: ManifestEntry) {
        let parameters = entry.jobParameters.flatMap { try? JSONOutput.bytes($0) }
        self.init(
            file: SystemCalls.name(of: entry.path),
            path: entry.path,
            url: entry.url,
            provenance: Provenance(
                jobID: entry.jobID,
                jobType: entry.jobType,
                jobName: entry.jobName,
                parametersJSON: parameters.map { String(decoding: $0, as: UTF8.self) },
                requested: entry.requested,
                expires: entry.expires
            )
        )
        self.isQuicklook = entry.isQuicklook ?? false
    }
}
