/// One answer of `GET /jobs`.
package struct JobPage: Sendable {
    package let jobs: [Job]
    /// Jobs that could not be read.
    package let unreadable: FirstFew
    /// Jobs whose expiration cannot be read.
    package let withUnknownEnd: FirstFew
    /// Where the next page is, as the service gave it; nil on the last one. A page without jobs may have one.
    package let next: String?
    /// The page as received, and the place of each job's parameters in it.
    private let body: [UInt8]
    private let parameters: [Range<Int>?]
    /// The places of each job's lists of images.
    private let lists: [(browse: Range<Int>?, thumbnails: Range<Int>?)]

    /// Decodes a page.
    ///
    /// - Parameter parameters: names of the job parameters to keep in `Job.templateParameters`.
    /// - Throws: `InvalidValue` with what is wrong about the body, for the end of a sentence.
    package init(body: [UInt8], parameters: Set<String>) throws(InvalidValue) {
        let parts = try Parts(body: body, parameterNames: parameters)
        guard let found = parts.found else { throw InvalidValue("JSON without a list \"jobs\"") }
        guard !parts.hasBadNext else { throw InvalidValue("JSON whose \"next\" is not text") }
        self.jobs = found.map(\.job)
        self.unreadable = parts.unreadable
        self.withUnknownEnd = Self.unknownEnds(of: found.lazy.map(\.job))
        self.next = parts.next
        self.body = body
        self.parameters = found.map(\.parameters)
        self.lists = found.map { ($0.browseImages, $0.thumbnailImages) }
    }

    private init(_ page: JobPage, keeping isWanted: (Job) -> Bool) {
        let kept = page.jobs.indices.filter { isWanted(page.jobs[$0]) }
        self.jobs = kept.map { page.jobs[$0] }
        self.parameters = kept.map { page.parameters[$0] }
        self.lists = kept.map { page.lists[$0] }
        self.unreadable = page.unreadable
        self.withUnknownEnd = page.withUnknownEnd.isEmpty ? FirstFew() : Self.unknownEnds(of: self.jobs.lazy)
        self.next = page.next
        self.body = page.body
    }

    private static func unknownEnds(of jobs: some Sequence<Job>) -> FirstFew {
        var found = FirstFew()
        for job in jobs where job.hasUnknownEnd {
            found.append(UnreadableJob(jobID: job.id, reason: "its expiration_time is no time"))
        }
        return found
    }

    /// The same page with only the jobs that `isWanted` picks, asked once for each.
    package func filtered(_ isWanted: (Job) -> Bool) -> JobPage { JobPage(self, keeping: isWanted) }

    /// The jobs, those that `isChosen` picks with all their parameters (`Job.parametersJSON`).
    ///
    /// Parameters are not kept by default because most jobs of a run have nothing to fetch.
    package func jobs(keepingParametersOf isChosen: (Job) -> Bool) -> [Job] {
        let reader = JSONReader(self.body)
        return self.jobs.indices.map { index in
            let job = self.jobs[index]
            guard isChosen(job), let place = self.parameters[index], let source = reader.source(place) else {
                return job
            }
            return job.with(parametersJSON: source)
        }
    }
}

extension JobPage {
    /// Of one job at most.
    private static let mostImages = 100

    /// The URLs of the images that HyP3 shows of a job, `browse_images` and `thumbnail_images`, as it gives them; what is no
    /// list of texts is passed over.
    ///
    /// - Parameter place: of the job in `jobs`.
    func images(of place: Int) -> [String] {
        var images: [String] = []
        for list in [self.lists[place].thumbnails, self.lists[place].browse].compactMap(\.self)
        where self.body[list.lowerBound] == UInt8(ascii: "[") {
            var inside = JSONReader(self.body, at: list.lowerBound)
            // The place has been walked through before, so it is JSON.
            try? inside.elements { inside throws(JSONReader.Malformed) in
                let place = try inside.value()
                guard images.count < Self.mostImages, let text = inside.text(place) else { return }
                images.append(text)
            }
        }
        return images
    }
}

/// The top level of a page.
private struct Parts {
    var found: [JobReader.Found]?
    var unreadable = FirstFew()
    var next: String?
    var hasBadNext = false

    init(body: [UInt8], parameterNames: Set<String>) throws(InvalidValue) {
        var reader = JSONReader(body)
        switch reader.peek() {
        case UInt8(ascii: "{"): break
        case nil: throw InvalidValue("an empty body")
        case UInt8(ascii: "<"): throw InvalidValue("a web page or XML instead of JSON")
        default: throw InvalidValue("something else than a JSON object")
        }
        do throws(JSONReader.Malformed) {
            try self.read(&reader, JobReader(parameterNames: parameterNames))
        } catch {
            throw InvalidValue("JSON that is cut short or broken at byte \(error.position) of \(body.count)")
        }
    }

    private mutating func read(_ reader: inout JSONReader, _ jobReader: JobReader) throws(JSONReader.Malformed) {
        try reader.members { reader, key throws(JSONReader.Malformed) in
            switch reader.text(key) {
            case "jobs" where reader.peek() == UInt8(ascii: "["):
                var found: [JobReader.Found] = []
                try reader.elements { reader throws(JSONReader.Malformed) in
                    switch try jobReader.job(&reader) {
                    case .success(let job): found.append(job)
                    case .failure(let failure): self.unreadable.append(failure.job)
                    }
                }
                self.found = found
            case "next":
                let place = try reader.value()
                self.next = reader.text(place)
                self.hasBadNext = self.next == nil && !reader.isNull(place)
            default: _ = try reader.value()
            }
        }
        try reader.end()
    }
}
