/// The part of a job whose products share a stem.
///
/// Most jobs have one: a water map's `P.zip`, `P_FM.zip` and `P_WM.zip` share `P`. Jobs over many scenes list many zips or
/// other files, and a job that shares its prefix with others lists theirs, too; each of these begins names of its own.
struct JobPart: Sendable {
    /// The job with the files of this stem only.
    let job: Job
    /// Whether there are no products beside those that HyP3 lists.
    let isListedOnly: Bool

    /// Never empty. What gives stems for unlisted products comes first.
    static func parts(of job: Job) -> [JobPart] {
        if job.files.count < 2 || Self.isOneFamily(job.files) { return [JobPart(job: job, isListedOnly: false)] }
        var groups = Groups()
        for file in job.files where file.filename.utf8.ends(with: ".zip") {
            groups.add(file, to: Self.family(of: file))
        }
        let families = groups.count
        let lengths = Set(groups.names.map(\.text.utf8.count)).sorted(by: >)
        for file in job.files where !file.filename.utf8.ends(with: ".zip") {
            let name = file.filename.utf8
            let longest = lengths.lazy.map { ByteName(String(Substring(name.prefix($0)))) }.first { groups.has($0) }
            groups.add(file, to: longest ?? ByteName(file.split.stem))
        }
        if groups.count == 1 { return [JobPart(job: job, isListedOnly: false)] }
        return groups.files.enumerated().map { place, files in
            JobPart(job: job.with(files: files), isListedOnly: families > 0 && place >= families)
        }
    }

    /// Whether the job lists each file that ends so and exists; whatever ends otherwise lies unlisted in the bucket.
    static func isListedEnding(_ suffix: String) -> Bool {
        suffix.utf8.first == UInt8(ascii: ".") && Self.listedEndings.contains(suffix)
    }

    /// Suffixes of the stem under which this part has listed files that end in `ending`, each once.
    ///
    /// - Parameter rivals: other endings that are wanted; a file belongs to the longest that it ends in.
    func listedSuffixes(stem: String, ending: String, rivals: @autoclosure () -> [String]) -> [String] {
        var found: [String] = []
        var seen: Set<ByteName> = []
        for file in self.job.files {
            let name = file.filename.utf8
            guard name.ends(with: ending), name.count > stem.utf8.count, name.starts(with: stem.utf8),
                !rivals().contains(where: { $0.utf8.count > ending.utf8.count && name.ends(with: $0) }),
                seen.insert(ByteName(file.filename)).inserted
            else { continue }
            found.append(String(Substring(name.dropFirst(stem.utf8.count))))
        }
        return found
    }

    /// Files by what begins their names, in the order of their arrival.
    private struct Groups {
        private(set) var names: [ByteName] = []
        private(set) var files: [[Job.File]] = []
        private var places: [ByteName: Int] = [:]

        var count: Int { self.names.count }

        func has(_ name: ByteName) -> Bool { self.places[name] != nil }

        mutating func add(_ file: Job.File, to name: ByteName) {
            if let place = self.places[name] {
                self.files[place].append(file)
                return
            }
            self.places[name] = self.count
            self.names.append(name)
            self.files.append([file])
        }
    }

    /// Whether the files are one zip and what it gives the name to, as those of nearly every job with several are; false
    /// where telling takes more than a look.
    private static func isOneFamily(_ files: [Job.File]) -> Bool {
        let shortest = files.min { $0.filename.utf8.count < $1.filename.utf8.count }
        guard let name = shortest?.filename.utf8, name.ends(with: ".zip") else { return false }
        let stem = name.dropLast(4)
        func isStep(_ end: Substring.UTF8View) -> Bool {
            Job.File.laterSteps.contains { end.elementsEqual($0.utf8) }
        }
        if isStep(stem.suffix(3)) { return false }
        return files.allSatisfy { file in
            let other = file.filename.utf8
            guard other.starts(with: stem) else { return false }
            let isOwn = other.count == name.count || isStep(other.dropFirst(stem.count).dropLast(4))
            return isOwn || !other.ends(with: ".zip")
        }
    }

    private static let listedEndings: Set<String> = [".zip", ".nc", ".geojson", ".parquet"]

    /// The stem of a zip, and of the one that a later step of the job made it beside.
    private static func family(of zip: Job.File) -> ByteName {
        let stem = zip.split.stem
        let mark = Job.File.laterSteps.first { stem.utf8.ends(with: $0) }
        return ByteName(String(Substring(stem.utf8.dropLast(mark?.utf8.count ?? 0))))
    }
}
