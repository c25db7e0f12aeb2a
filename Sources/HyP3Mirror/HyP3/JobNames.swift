package import FoundationEssentials

/// What the products of one job have in common.
package struct JobNames: Sendable {
    private enum Root: Sendable {
        case none
        case unsafe(name: String, reason: String)
        case usable(stem: String, directory: String, urlBeforeSuffix: String)
    }

    /// With the files that the names were made of.
    var job: Job
    private let root: Root
    /// The earliest acquisition start (UTC) that the stem tells.
    package let acquired: Date?
    /// The name that the job's products share; nil where the job lists no file or an unusable one.
    package var stem: String? {
        if case .usable(let stem, _, _) = self.root { stem } else { nil }
    }

    init(job: Job, layout: Layout) {
        self.job = job
        guard let file = Self.rootFile(of: job) else {
            self.root = .none
            self.acquired = nil
            return
        }
        let (stem, ending) = file.split
        self.acquired = AcquisitionTime.earliest(in: stem)
        if let reason = PathComponent.refusal(of: file.filename) ?? PathComponent.refusal(of: stem) {
            self.root = .unsafe(name: file.filename, reason: reason)
            return
        }
        do throws(InvalidValue) {
            let url = try Self.productURL(file)
            guard let end = [ending, PercentEncoding.encodedKey(ending)].first(where: { url.path.hasSuffix($0) }) else {
                throw InvalidValue("its URL does not end in \(ForeignText.quoted(ending))")
            }
            self.root = .usable(
                stem: stem,
                directory: try layout.directory(of: job, stem: stem, acquired: self.acquired),
                urlBeforeSuffix: "\(url.origin)\(url.path.dropLast(end.count))"
            )
        } catch {
            self.root = .unsafe(name: file.filename, reason: error.advice)
        }
    }

    static func uncheckedStem(of job: Job) -> String? { Self.uncheckedRoot(of: job)?.stem }

    /// The stem that the job's products share, and where the file lies that it is taken from: the same for two jobs that
    /// name the same objects.
    static func uncheckedRoot(of job: Job) -> (stem: String, url: String)? {
        Self.rootFile(of: job).map { ($0.split.stem, $0.url) }
    }

    /// What the URLs of the job's products begin with, all but the suffix; nil where there is no stem.
    package var stemURL: HTTPURL? {
        if case .usable(_, _, let url) = self.root { try? HTTPURL(url) } else { nil }
    }

    /// The product of this job that ends in `template`; of a pattern, the name with its `*` and no URL.
    ///
    /// - Parameter listed: the suffix of a file that is known to be there, where that stands for the template's own.
    package func product(_ template: SuffixTemplate, listed: String? = nil) -> ProductNaming.Name {
        if let listed { return self.product(suffix: listed, isListed: true) }
        switch self.root {
        case .none: return .noFiles
        case .unsafe(let name, let reason): return .unsafe(name: name, reason: reason)
        case .usable(let stem, let directory, _):
            switch template.filled(from: self.job.templateParameters) {
            case .notProduced(let reason): return .notProduced(reason: reason)
            case .unsafe(let reason): return .unsafe(name: stem + template.text, reason: reason)
            case .suffix(let suffix) where template.isPattern:
                let file = stem + suffix
                if let reason = PathComponent.refusal(of: file) { return .unsafe(name: file, reason: reason) }
                return .product(file: file, path: directory + file, url: "")
            case .suffix(let suffix): return self.product(suffix: suffix, encoded: template.encoded)
            }
        }
    }

    /// The product of this job with this very suffix.
    ///
    /// - Parameters:
    ///   - encoded: the suffix as the end of a URL, if it is known.
    ///   - isListed: the bucket lists the file, so it exists whatever the job says.
    package func product(suffix: String, encoded: String? = nil, isListed: Bool = false) -> ProductNaming.Name {
        guard case .usable(let stem, let directory, let urlBeforeSuffix) = self.root else { return .noFiles }
        let file = stem + suffix
        if let reason = PathComponent.refusal(of: file) { return .unsafe(name: file, reason: reason) }
        let listed = self.job.files.first { $0.filename.utf8.elementsEqual(file.utf8) }
        if listed == nil, !isListed, JobPart.isListedEnding(suffix) {
            return .notProduced(reason: "the job lists no \(suffix) file")
        }
        guard let listed else {
            let url = urlBeforeSuffix + (encoded ?? PercentEncoding.encoded(suffix))
            return .product(file: file, path: directory + file, url: url)
        }
        do throws(InvalidValue) {
            let url = try Self.productURL(listed)
            return .product(file: file, path: directory + file, url: "\(url.origin)\(url.path)")
        } catch {
            return .unsafe(name: file, reason: error.advice)
        }
    }

    /// The file whose name without its ending begins the names of all others: `P.zip` of `P.zip`, `P_FM.zip`,
    /// `P_WM.zip`. Without one, the first with the mark of a later step (`_FM`, `_WM`) taken off, else the first.
    private static func rootFile(of job: Job) -> Job.File? {
        guard job.files.count > 1 else { return job.files.first }
        let stems = job.files.map(\.split.stem.utf8)
        guard let shortest = stems.indices.min(by: { stems[$0].count < stems[$1].count }) else { return nil }
        if stems.allSatisfy({ $0.starts(with: stems[shortest]) }) { return job.files[shortest] }
        return Self.withoutStepMark(job.files[0]) ?? job.files[0]
    }

    /// What the RTC zip beside a listed `P_FM.zip` or `P_WM.zip` must be called; nil for other names.
    private static func withoutStepMark(_ file: Job.File) -> Job.File? {
        for mark in Job.File.laterSteps.map({ $0 + ".zip" })
        where file.filename.hasSuffix(mark) && file.url.hasSuffix(mark) {
            let filename = file.filename.dropLast(mark.count) + ".zip"
            return Job.File(filename: String(filename), size: nil, url: String(file.url.dropLast(mark.count) + ".zip"))
        }
        return nil
    }

    /// A product's URL, repaired where the service pasted a key in unencoded; only over TLS, or on this machine.
    private static func productURL(_ file: Job.File) throws(InvalidValue) -> HTTPURL {
        do throws(InvalidValue) {
            let url = try HTTPURL(PercentEncoding.repaired(file.url))
            guard url.origin.isConfidential else { throw InvalidValue("must begin with https://") }
            return url
        } catch {
            throw InvalidValue("its URL \(ForeignText.quoted(file.url)) \(error.advice)")
        }
    }
}
