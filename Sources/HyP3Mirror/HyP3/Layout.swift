package import FoundationEssentials

/// How products are sorted into directories below the project's own: `{year}/{month}/{filename}`.
package struct Layout: Sendable, Hashable, CustomStringConvertible {
    package enum Placeholder: String, Sendable, Hashable, CaseIterable {
        /// Year, month and day of the acquisition start (UTC), zero-padded.
        case year
        case month
        case day
        /// `2023-05-20`
        case acquiredDate = "acquired_date"
        case jobID = "job_id"
        case jobType = "job_type"
        /// The job's name.
        case name
        case stem
        case filename
    }

    private enum Part: Sendable, Hashable {
        case literal(String)
        case placeholder(Placeholder)
    }

    /// Stands for year, month, day and date where a name tells no acquisition time.
    package static let undated = "undated"

    package let text: String
    /// One a directory; the last component is always `{filename}` and not among them.
    private let directories: [[Part]]

    package var description: String { self.text }

    /// All products side by side.
    package static let flat = Layout()

    /// Directories that a scan of the archive does not look into.
    private let passedOver: PassedOver

    private init() {
        self.passedOver = PassedOver()
        self.text = "{filename}"
        self.directories = []
    }

    /// - Throws: `InvalidValue` where it could leave the project's directory or change the file's name.
    package init(_ text: String, passingOver passedOver: PassedOver = PassedOver()) throws(InvalidValue) {
        var components: [[Part]] = []
        for component in text.split(separator: "/", omittingEmptySubsequences: false) {
            components.append(try Self.parts(of: component))
        }
        guard components.popLast() == [.placeholder(.filename)] else {
            throw InvalidValue("must end in {filename}, because products are found again by their file name")
        }
        guard !components.joined().contains(.placeholder(.filename)) else {
            throw InvalidValue("must have {filename} as its last part only")
        }
        self.text = text
        self.directories = components
        self.passedOver = passedOver
        for parts in components {
            guard case .literal(let name) = parts.first, parts.count == 1 else { continue }
            if let refusal = self.refusal(ofDirectory: name) { throw InvalidValue(refusal) }
        }
    }

    /// Whether two jobs that make one file name may have it in different directories; all else follows from the name.
    package var partsJobs: Bool {
        let ofJobs: [Placeholder] = [.jobID, .jobType, .name]
        return ofJobs.contains { self.directories.joined().contains(.placeholder($0)) }
    }

    /// Whether each product lies in a directory with the id of its job.
    package var namesJobs: Bool { self.directories.joined().contains(.placeholder(.jobID)) }

    /// Why products must not go to a directory of that name; nil where they may.
    private func refusal(ofDirectory name: String) -> String? {
        guard self.passedOver.contains(fileAt: name + "/") else { return nil }
        return "must not have the directory \(ForeignText.quoted(name)): such directories are not looked into "
            + "(trash, snapshots and indexes, or archive.ignore), so products there would never be found again"
    }

    /// The directory of the products of `job` below the project's: `2023/05/`, empty for the flat layout.
    ///
    /// - Throws: `InvalidValue` with the reason where a value would not be a safe name.
    package func directory(of job: Job, stem: String, acquired: Date?) throws(InvalidValue) -> String {
        if self.directories.isEmpty { return "" }
        let civil = acquired.map { CivilTime($0) }
        var path = ""
        for parts in self.directories {
            var component = ""
            for part in parts {
                switch part {
                case .literal(let text): component += text
                case .placeholder(let name): component += Self.value(name, job: job, stem: stem, acquired: civil)
                }
            }
            if let refusal = PathComponent.refusal(of: component) {
                throw InvalidValue("directory \(ForeignText.quoted(component)) of the layout: \(refusal)")
            }
            if let refusal = self.refusal(ofDirectory: component) { throw InvalidValue("the layout \(refusal)") }
            path += component + "/"
        }
        return path
    }

    private static func value(_ name: Placeholder, job: Job, stem: String, acquired: CivilTime?) -> String {
        switch name {
        case .year: acquired.map { CivilTime.padded($0.year, 4) } ?? Self.undated
        case .month: acquired.map { CivilTime.padded($0.month, 2) } ?? Self.undated
        case .day: acquired.map { CivilTime.padded($0.day, 2) } ?? Self.undated
        case .acquiredDate: acquired?.dayText ?? Self.undated
        case .jobID: job.id
        case .jobType: job.type
        case .name: job.name ?? ""
        case .stem, .filename: stem
        }
    }

    private static func parts(of component: Substring) throws(InvalidValue) -> [Part] {
        guard !component.isEmpty else {
            throw InvalidValue("must be a relative path without empty parts, as in {year}/{month}/{filename}")
        }
        var parts: [Part] = []
        var rest = component
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
                throw InvalidValue("must have a closing brace for every opening one, as in {year}")
            }
            let name = String(rest[rest.index(after: brace)..<end])
            guard let placeholder = Placeholder(rawValue: name) else {
                let known = Placeholder.allCases.map(\.rawValue)
                let nearest = NearestName.nearest(to: name, among: known) ?? "filename"
                throw InvalidValue("has the unknown placeholder {\(name)}; did you mean {\(nearest)}?")
            }
            if brace > rest.startIndex { parts.append(.literal(String(rest[..<brace]))) }
            parts.append(.placeholder(placeholder))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        guard
            parts.contains(where: { if case .placeholder = $0 { true } else { false } })
                || PathComponent.refusal(of: component) == nil
        else {
            throw InvalidValue(
                "must stay inside the archive: \(PathComponent.refusal(of: component) ?? "the name is not usable")"
            )
        }
        if parts.contains(.placeholder(.filename)), parts.count > 1 {
            throw InvalidValue("must have {filename} alone as its last part: a product keeps its name")
        }
        return parts
    }
}
