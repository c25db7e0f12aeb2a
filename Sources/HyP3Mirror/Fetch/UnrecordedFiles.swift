/// Holds files that no manifest knows against what their buckets list, or what HyP3 says of those that it names itself.
struct UnrecordedFiles: Sendable {
    let listing: BucketListing
    let naming: ProductNaming

    /// Asked side by side.
    private static let width = 8
    /// Jobs that are asked for in one run at most: each costs a request.
    private static let mostJobs = 2_000
    /// Stems of one job that are asked for at most.
    private static let mostStems = 50

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
        var objects: [ByteName: ListedObject] = [:]
        for address in self.addresses(unrecorded).prefix(Self.mostStems) {
            guard case .objects(let listed) = try await self.listing.objects(at: address) else { continue }
            objects.merge(listed) { first, _ in first }
        }
        return unrecorded.files.compactMap { path, size in
            let name = SystemCalls.name(of: path)
            if let object = objects[ByteName(name)] {
                if object.size == size { return nil }
                return BrokenFile(path, of: job, size: size, expected: object.size, by: .bucket)
            }
            guard let expected = job.files.first(where: { $0.filename.utf8.elementsEqual(name.utf8) })?.size,
                expected != size
            else {
                return nil
            }
            return BrokenFile(path, of: job, size: size, expected: expected, by: .job)
        }
    }

    /// Where the stems of a job lie that the files may be of.
    private func addresses(_ unrecorded: PresenceAudit.Unrecorded) -> [BucketAddress] {
        let files = unrecorded.files.map { SystemCalls.name(of: $0.path) }
        return JobPart.parts(of: unrecorded.job).compactMap { part in
            let names = self.naming.names(of: part.job)
            guard let stem = names.stem, files.contains(where: { $0.utf8.starts(with: stem.utf8) }) else { return nil }
            return names.stemURL.flatMap { BucketAddress($0) }
        }
    }
}
