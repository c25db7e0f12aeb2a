import CurlTransfer
import FoundationEssentials

/// What the services must give.
extension Doctor {
    /// Checks credentials, the way to HyP3, the login, HyP3 itself, its clock, the jobs, and a host of products.
    ///
    /// - Throws: `CancellationError`
    func checkService(_ stop: RunStop, _ tell: (Finding) -> Void) async throws {
        tell(try await Self.finding("credentials") { try self.credentials() })
        let trusted = try await Self.finding("certificates") { try self.certificates() }
        tell(trusted)
        guard trusted.status == .ok else { return tell(Self.untried("HyP3")) }
        let motion = Motion()
        do {
            try await withWatchdog(motion, patience: self.session.patience.standstill, stop) {
                try await self.session.withService(self.settings) { service in
                    motion.follow(service.engine)
                    try await self.ask(service, tell)
                }
            }
        } catch {
            try Task.checkCancellation()
            let text = if case .standstill(let sentence) = stop.cause { sentence } else { sentence(of: error) }
            tell(Finding(name: "HyP3", verdict: .bad(RunStatus(error)), text: text))
        }
    }

    private static func untried(_ name: String) -> Finding {
        Finding(name: name, verdict: .untried, text: "not tried, because of what is wrong above")
    }

    private func credentials() throws -> Answer {
        let found = try Credentials.find(
            environment: self.session.environment,
            netrcFile: self.settings.netrcFile,
            loginHost: self.settings.loginURL.origin.host,
            now: self.session.pace.now()
        )
        if !found.warnings.isEmpty { return .notice(found.warnings.joined(separator: "; ")) }
        let end = found.tokenEnd.map { ", a token until \(CivilTime($0).text)" } ?? ""
        return .good("from \(found.source)\(end)")
    }

    private func certificates() throws -> Answer {
        let file = try TrustStore.file(self.settings.certificateAuthorities, environment: self.session.environment)
        return .good(file.map { "those of \($0)" } ?? "the system's")
    }

    private func ask(_ service: Service, _ tell: (Finding) -> Void) async throws {
        let reader: PageReader
        do {
            reader = try self.session.reader(self.settings, service, logger: self.archive.logger) { _ in }
        } catch {
            // Said of the credentials.
            return tell(Self.untried("HyP3"))
        }
        let query = JobQuery(self.settings)
        let early: EarlyPage
        do {
            early = try await EarlyPage(of: query, reader, parameters: self.settings.templateParameters)
        } catch {
            try Task.checkCancellation()
            let name = error is LoginError ? "login" : "HyP3"
            tell(Finding(name: name, verdict: .bad(RunStatus(error)), text: sentence(of: error)))
            if let warning = service.clock.warning { tell(Finding(name: "clock", verdict: .notice, text: warning)) }
            return tell(Self.untried("products"))
        }
        tell(Finding(name: "HyP3", verdict: .good, text: "\(self.settings.host) lets this account list jobs"))
        let clock = service.clock.warning
        tell(
            Finding(name: "clock", verdict: clock == nil ? .good : .notice, text: clock ?? "agrees with HyP3's")
        )
        tell(try await Self.finding("jobs") { try await self.jobs(early, query, reader) })
        let now = service.clock.now
        let job = early.reading.page.jobs.first { job in
            job.status == .succeeded && !job.files.isEmpty && job.expires.map { $0 > now } ?? true
        }
        guard let job else {
            let text = "HyP3 has none on its first page of jobs, so no host of products could be tried"
            return tell(Finding(name: "products", verdict: .notice, text: text))
        }
        tell(try await Self.finding("products") { try await self.products(of: job, service) })
    }

    private func jobs(_ early: EarlyPage, _ query: JobQuery, _ reader: PageReader) async throws -> Answer {
        let search = JobSearch(reader: reader, query: query)
        let found = "there are jobs named \(ForeignText.quoted(self.settings.title))"
        if !early.isEmpty { return .good(found) }
        if try await search.hasJobs() { return .good(found) }
        guard let sentence = try await search.sentence() else { return .notice("none of the times asked for") }
        if self.settings.mayBeEmpty { return .notice(sentence) }
        throw SuspectConfiguration([sentence])
    }

    /// Asks for one byte of what HyP3 names, and for a listing.
    private func products(of job: Job, _ service: Service) async throws -> Answer {
        let names = ProductNaming(layout: self.settings.layout).names(of: job)
        guard let url = try? HTTPURL(PercentEncoding.repaired(job.files[0].url)), url.origin.isConfidential else {
            throw InvalidValue("the URL of \(ForeignText.quoted(job.files[0].filename)) cannot be used")
        }
        let headers: HTTPHeaders = ["Range": "bytes=0-0", "Accept-Encoding": "identity"]
        var request = HTTPRequest(.get, url.text, headers: headers)
        request.timeLimit = .seconds(60)
        let response: HTTPResponse?
        do {
            response = try await service.engine.response(to: request, bodyLimit: 64 << 10)
        } catch let error as TransferError where error.code == .bodyTooLarge {
            // The whole file comes in answer to a question for one byte: an archive can be kept of it all the same.
            response = nil
        } catch let error as TransferError where [.tls, .certificateTime, .certificateStore].contains(error.code) {
            let cure = TrustAdvice.cure(for: error, clock: service.clock)
            throw TransferError(code: error.code, message: "\(url.origin) is not trusted: \(error.message); \(cure)")
        }
        if let response, ![200, 206].contains(response.status) {
            let excerpt = String(decoding: response.body.prefix(4 << 10), as: UTF8.self)
            let answer = BucketAnswer(status: response.status, excerpt: excerpt)
            throw TransferError(
                code: .refused,
                message: "\(answer.reason(url.origin)) to \(job.files[0].filename), which HyP3 names"
            )
        }
        var notes: [String] = []
        if response?.status != 206 { notes.append("it gives whole files only, so none is resumed or divided") }
        if let stem = names.stemURL, let address = BucketAddress(stem) {
            switch try await service.listing.objects(at: address) {
            case .objects: break
            case .refused(let reason), .unavailable(let reason), .unknown(let reason):
                notes.append("it cannot be listed, so each product is asked for by itself: \(reason)")
            }
        }
        if notes.isEmpty { return .good("\(url.origin) gives what HyP3 names, by parts, and can be listed") }
        return .notice("\(url.origin) gives what HyP3 names; \(notes.joined(separator: "; "))")
    }
}
