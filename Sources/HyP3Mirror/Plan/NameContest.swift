/// Several objects with one file name, and which of them the files of that name in the archive are.
struct NameContest {
    /// A job that makes a file of the name.
    struct Claimant {
        let jobID: String
        /// The same for two jobs that list the very same object.
        let object: UInt64
        /// Where the layout puts it, by `ByteStrings.hash`; the same for all where the layout does not part jobs.
        let directory: UInt64
        /// Whether HyP3 still has it.
        let canBeHad: Bool
    }

    /// A file of the name that is in the archive.
    struct Copy {
        /// By `ByteStrings.hash`, as a claimant's.
        let directory: UInt64
        let owner: RecordedOwner?
        /// Whether no layout puts a claimant's file there: somebody has moved it.
        let jobsInPath: [String]
    }

    /// Who has what a claimant wants.
    enum Holder {
        /// Another claimant, and the record of its file where there is one.
        case claimant(Int, record: RecordedOwner?, isArchived: Bool)
        /// A job that nobody has listed.
        case record(RecordedOwner)
    }

    enum Verdict {
        /// Its file is in the archive, or may be.
        case present
        /// To be fetched: nothing stands where it is to lie.
        case fetch
        /// Another claimant's object is the same one.
        case sameObject
        /// Another object of this name has the place.
        case contested(Holder)
    }

    /// Who was requested first comes first.
    let claimants: [Claimant]
    let copies: [Copy]

    /// What becomes of each claimant, in their order.
    func verdicts() -> [Verdict] {
        let groups = self.groups
        var holding: [Int: RecordedOwner?] = [:]
        var places: [UInt64: Holder] = [:]
        var isUnclear = false
        for copy in self.copies {
            let held: Int?
            switch self.attribute(copy, groups) {
            case .group(let group): held = group
            case .stranger(let owner):
                held = nil
                if places[copy.directory] == nil { places[copy.directory] = .record(owner) }
            case .nobodyHere: held = nil
            case .unclear:
                held = nil
                isUnclear = true
            }
            guard let held else { continue }
            let record = copy.owner ?? holding[held] ?? nil
            holding[held] = .some(record)
            places[copy.directory] = .claimant(groups[held][0], record: record, isArchived: true)
        }
        var verdicts = [Verdict](repeating: .sameObject, count: self.claimants.count)
        for (number, group) in groups.enumerated() {
            if holding[number] != nil {
                verdicts[group[0]] = .present
                continue
            }
            guard let chosen = group.first(where: { self.claimants[$0].canBeHad }) else {
                let place = places[self.claimants[group[0]].directory] ?? places.values.first
                verdicts[group[0]] = isUnclear ? .present : place.map { .contested($0) } ?? .present
                continue
            }
            let directory = self.claimants[chosen].directory
            if let holder = places[directory] {
                verdicts[chosen] = .contested(holder)
            } else {
                verdicts[chosen] = .fetch
                places[directory] = .claimant(chosen, record: nil, isArchived: false)
            }
        }
        return verdicts
    }

    /// Claimants of the same object, by number; who was requested first comes first.
    private var groups: [[Int]] {
        var groups: [[Int]] = []
        var places: [UInt64: Int] = [:]
        for (number, claimant) in self.claimants.enumerated() {
            if let place = places[claimant.object] {
                groups[place].append(number)
            } else {
                places[claimant.object] = groups.count
                groups.append([number])
            }
        }
        return groups
    }

    /// A number for the object at a URL, the same for two that differ behind the last slash only: the name is one, and what
    /// is listed of a job may end otherwise.
    static func object(at url: String) -> UInt64 {
        let slash = url.utf8.lastIndex(of: UInt8(ascii: "/")) ?? url.startIndex
        return ByteStrings.hash(String(url[..<slash]))
    }

    private enum Attribution {
        case group(Int)
        case stranger(RecordedOwner)
        /// Another job's by its path, and no claimant's place.
        case nobodyHere
        /// Moved by hand, and no record tells.
        case unclear
    }

    private func attribute(_ copy: Copy, _ groups: [[Int]]) -> Attribution {
        func group(where isIt: (Claimant) -> Bool) -> Int? {
            groups.firstIndex { $0.contains { isIt(self.claimants[$0]) } }
        }
        if let owner = copy.owner {
            let object = Self.object(at: owner.url)
            let own = group { $0.jobID == owner.jobID } ?? group { $0.object == object }
            return own.map { .group($0) } ?? .stranger(owner)
        }
        if let own = group(where: { $0.directory == copy.directory }) { return .group(own) }
        if !copy.jobsInPath.isEmpty {
            let named = group { copy.jobsInPath.contains($0.jobID.lowercased()) }
            return named.map { .group($0) } ?? .nobodyHere
        }
        return groups.count == 1 ? .group(0) : .unclear
    }
}
