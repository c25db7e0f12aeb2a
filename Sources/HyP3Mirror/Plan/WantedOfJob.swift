/// Which files of a job are wanted.
struct WantedOfJob {
    private let job: Job
    private let templates: [SuffixTemplate]
    /// By the template.
    let fillings: [SuffixTemplate.Filled]
    /// Those parts of the job of which anything is wanted.
    let parts: [JobPart]
    /// All names that the job lists; empty where there is one part, which has them all.
    private let listed: Set<ByteName>

    init(_ job: Job, parts: [JobPart], templates: [SuffixTemplate]) {
        self.job = job
        self.templates = templates
        self.parts = parts
        self.fillings = templates.map { $0.filled(from: job.templateParameters) }
        self.listed = parts.count > 1 ? Set(job.files.map { ByteName($0.filename) }) : []
    }

    /// What is wanted by one template of the part at `place`: the suffix of each product, nil for the template's own.
    func suffixes(_ template: Int, of place: Int, stem: String?) -> [String?] {
        let part = self.parts[place]
        guard case .suffix(let text) = self.fillings[template], let stem else { return place == 0 ? [nil] : [] }
        if self.templates[template].isPattern { return part.isListedOnly ? [] : [nil] }
        // One file is nearly always named after itself, and then there is nothing to compare.
        if part.job.status != .succeeded || self.isOnlyFile(part, stem, text) { return [nil] }
        var found: [String?] = part.listedSuffixes(stem: stem, ending: text, rivals: self.rivals(of: template))
        if let own = found.firstIndex(where: { $0?.utf8.elementsEqual(text.utf8) == true }) {
            found[own] = nil
            return found
        }
        if !JobPart.isListedEnding(text) {
            // HyP3 lists every zip, so there is none beside those listed, nor one of this name where another part has it.
            let isSettled =
                part.isListedOnly || (!self.listed.isEmpty && self.listed.contains(ByteName(stem + text)))
                || (!found.isEmpty && text.utf8.ends(with: ".zip"))
            return isSettled ? found : found + [nil]
        }
        if !found.isEmpty || place > 0 { return found }
        // Said once for the job, and only where it is true of all of it.
        return self.job.files.contains { $0.filename.utf8.ends(with: text) } ? [] : [nil]
    }

    private func isOnlyFile(_ part: JobPart, _ stem: String, _ suffix: String) -> Bool {
        guard self.parts.count == 1, part.job.files.count == 1 else { return false }
        let name = part.job.files[0].filename.utf8
        return name.count == stem.utf8.count + suffix.utf8.count && name.ends(with: suffix)
            && name.starts(with: stem.utf8)
    }

    /// The other endings that are wanted.
    private func rivals(of template: Int) -> [String] {
        self.fillings.indices.compactMap { other in
            guard other != template, !self.templates[other].isPattern, case .suffix(let text) = self.fillings[other]
            else { return nil }
            return text
        }
    }
}
