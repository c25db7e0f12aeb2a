import FoundationEssentials

/// One answer of `GET /jobs`.
package struct JobPage: Sendable {
    package let jobs: [Job]
    /// Jobs that could not be read.
    package let unreadable: [UnreadableJob]
    /// Where the next page is, as the service gave it; nil on the last one. A page without jobs may have one.
    package let next: String?
    /// The page as received, for `jobs(keepingParametersOf:)`.
    private let body: [UInt8]

    private init(jobs: [Job], unreadable: [UnreadableJob], next: String?, body: [UInt8]) {
        self.jobs = jobs
        self.unreadable = unreadable
        self.next = next
        self.body = body
    }

    private struct Wire: Decodable {
        let jobs: [WireJob]
        let next: String?
    }

    /// Decodes a page.
    ///
    /// - Parameter parameters: names of the job parameters to keep in `Job.templateParameters`.
    /// - Throws: `InvalidValue` with what is wrong about the body, for the end of a sentence.
    package init(body: [UInt8], parameters: Set<String>) throws(InvalidValue) {
        let decoder = JSONDecoder()
        if let key = WireJob.parameterNames { decoder.userInfo[key] = parameters }
        let wire: Wire
        do {
            wire = try decoder.decode(Wire.self, from: Data(body))
        } catch {
            throw InvalidValue(Self.complaint(about: body, error))
        }
        var jobs: [Job] = []
        jobs.reserveCapacity(wire.jobs.count)
        var unreadable: [UnreadableJob] = []
        for element in wire.jobs {
            switch element.result {
            case .success(let job): jobs.append(job)
            case .failure(let failure): unreadable.append(failure.job)
            }
        }
        self.init(jobs: jobs, unreadable: unreadable, next: wire.next, body: body)
    }

    /// The same page with only the jobs whose ids `isWanted` picks, asked once for each.
    package func filtered(_ isWanted: (String) -> Bool) -> JobPage {
        JobPage(
            jobs: self.jobs.filter { isWanted($0.id) },
            unreadable: self.unreadable.filter { $0.jobID.map { isWanted($0) } ?? true },
            next: self.next,
            body: self.body
        )
    }

    /// The jobs, those that `isChosen` picks with all their parameters (`Job.parametersJSON`).
    ///
    /// Parameters are not kept by default because most jobs of a run have nothing to fetch.
    package func jobs(keepingParametersOf isChosen: (Job) -> Bool) -> [Job] {
        let chosen = Set(self.jobs.lazy.filter(isChosen).map(\.id))
        guard !chosen.isEmpty else { return self.jobs }
        let parameters = JobParameterScanner.parameters(of: chosen, in: self.body)
        return self.jobs.map { job in
            guard chosen.contains(job.id), let text = parameters[job.id] else { return job }
            return job.keeping(parametersJSON: text)
        }
    }

    private static func complaint(about body: [UInt8], _ error: any Error) -> String {
        let start = body.prefix(512).drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        if body.isEmpty { return "an empty answer" }
        if start.first == UInt8(ascii: "<") { return "a web page or XML instead of JSON" }
        switch error {
        case DecodingError.keyNotFound(let key, let context) where context.codingPath.isEmpty:
            return "JSON without \"\(key.stringValue)\""
        case DecodingError.valueNotFound(_, let context), DecodingError.typeMismatch(_, let context):
            let key = context.codingPath.first?.stringValue
            return key.map { "JSON whose \"\($0)\" has the wrong type" } ?? "JSON that is not an object"
        default: return "JSON that is cut short or broken after \(body.count) bytes"
        }
    }
}

extension Job {
    /// The same job with all its parameters.
    package func keeping(parametersJSON: String) -> Job {
        Job(
            id: self.id,
            type: self.type,
            name: self.name,
            status: self.status,
            requestTime: self.requestTime,
            expiration: self.expiration,
            files: self.files,
            templateParameters: self.templateParameters,
            parametersJSON: parametersJSON
        )
    }
}
