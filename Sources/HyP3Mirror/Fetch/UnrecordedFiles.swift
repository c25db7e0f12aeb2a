/// Holds files that no manifest knows against what their buckets list, or what HyP3 says of those that it names itself.
struct UnrecordedFiles: Sendable {
    let listing: BucketListing
    let naming: ProductNaming

    /// Asked side by side.
    private static let width = 8
    /// Jobs that are asked for in one run at most: each costs a request.
    private static let mostJobs = 2_000

    /// - Returns: those whose sizes differ, in the order of their paths.
    /// - Throws: `CancellationError`
    func broken(_ jobs: [PresenceAudit.Unrecorded]) async throws -> [BrokenFile] {
        var waiting = jobs.prefix(Self.mostJobs).makeIterator()
        var broken: [BrokenFile] = []
        try await withThrowingTaskGroup(of: [BrokenFile].self) { group in
            for _ in 0..<Self.width {
                guard let job = waiting.next() else { break }
                group.addTask { try await self.broken(job) }
            }
            while let found = try await group.next() {
                broken += found
                if let job = waiting.next() { group.addTask { try await self.broken(job) } }
            }
        }
        return broken.sorted { $0.path < $1.path }
    }

    private func broken(_ unrecorded: PresenceAudit.Unrecorded) async throws -> [BrokenFile] {
        let job = unrecorded.job
        var objects: [String: ListedObject] = [:]
        if let address = self.naming.names(of: job).stemURL.flatMap({ BucketAddress($0) }),
            case .objects(let listed) = try await self.listing.objects(at: address)
        {
            objects = listed
        }
        return unrecorded.files.compactMap { path, size in
            let name = SystemCalls.name(of: path)
            if let object = objects[name] {
                if object.size == size { return nil }
                return BrokenFile(path, of: job, size: size, expected: object.size, by: .bucket)
            }
            guard let expected = job.files.first(where: { $0.filename == name })?.size, expected != size else {
                return nil
            }
            return BrokenFile(path, of: job, size: size, expected: expected, by: .job)
        }
    }
}
