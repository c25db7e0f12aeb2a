import FoundationEssentials
import Logging

/// Puts aside what is damaged, and fetches again what HyP3 still has. Under the run lock, in an archive that is open.
struct Repair {
    let settings: ProjectSettings
    let archive: Archive
    let session: ServiceSession

    /// - Parameter all: what was found; each is told with what came of it, also where an error ends the repair.
    /// - Throws: `FilesystemError`, `ProductHostError`, `CancellationError`.
    func run(_ all: [FileFinding], _ tally: VerifyTally) async throws {
        if all.isEmpty { return }
        var waiting = Dictionary(all.map { ($0.path, $0) }) { first, _ in first }
        defer { for finding in waiting.values.sorted(by: { $0.path < $1.path }) { tally.tell(finding, repair: nil) } }
        let spared = try await self.onlyCopies(all)
        for (path, words) in spared.sorted(by: { $0.key < $1.key }) {
            if let finding = waiting.removeValue(forKey: path) { tally.tell(finding, repair: words) }
        }
        let damaged = all.filter { spared[$0.path] == nil }
        if damaged.isEmpty { return }
        let project = self.archive.project
        let aside = try await onStoppableThread(to: "put aside what is damaged") { stop in
            let quarantine = Quarantine(project: project)
            return try damaged.map { finding -> (FileFinding, Aside) in
                try stop.check()
                guard let found = finding.found else { return (finding, .nothingThere) }
                let place = try quarantine.put(finding.path, found: found)
                return (finding, place.map { .at($0) } ?? .changed)
            }
        }
        var places: [String: String] = [:]
        var products: [Product] = []
        for (finding, aside) in aside {
            switch aside {
            case .changed:
                waiting[finding.path] = nil
                tally.tell(finding, repair: "left alone: it has changed since it was read")
                continue
            case .at(let place):
                places[finding.path] = place
                tally.noteQuarantined()
            case .nothingThere: break
            }
            var entry = finding.entry
            entry.path = finding.path
            if entry.url.isEmpty {
                waiting[finding.path] = nil
                tally.tell(finding, repair: Self.kept(places[finding.path]) + "nobody knows where HyP3 had it")
                continue
            }
            products.append(Product(entry))
        }
        let logger = self.archive.logger
        func kept(_ path: String) -> String { Self.kept(places[path]) }
        try await self.session.withService(self.settings) { service in
            try await Fetching.run(products, self.settings, self.archive, service, Traffic()) { outcome in
                let path = outcome.product.path
                guard let finding = waiting.removeValue(forKey: path) else { return }
                switch outcome.result {
                case .archived(let entry):
                    let isSame = entry.sha256 == finding.entry.sha256
                    let words = isSame ? "fetched again" : "fetched again; HyP3 has other bytes than were archived"
                    tally.tell(finding, repair: kept(path) + words, isHealed: true)
                case .failed(let failure):
                    tally.tell(finding, repair: kept(path) + Self.words(failure))
                case .left:
                    tally.tell(finding, repair: kept(path) + "not fetched this time; the next run or sync tries again")
                }
            }
        }
        for (path, finding) in waiting.sorted(by: { $0.key < $1.key }) {
            tally.tell(finding, repair: kept(path) + "not fetched this time; the next run or sync tries again")
        }
        waiting = [:]
        logger.info("repaired", metadata: ["damaged": "\(damaged.count)", "put aside": "\(places.count)"])
    }

    /// What somebody wrote to, as an image server adds overviews, is of use as it is: it is put aside only where HyP3 has
    /// something to take its place. Rotten and cut-short bytes are of no use to anybody.
    ///
    /// - Returns: what is left where it is, by path, with what to say of it.
    private func onlyCopies(_ damaged: [FileFinding]) async throws -> [String: String] {
        var spared: [String: String] = [:]
        let edited = damaged.filter { $0.result == .edited }
        for finding in edited where finding.entry.url.isEmpty {
            spared[finding.path] = "left where it is, as it may be the only copy: nobody knows where HyP3 had it"
        }
        var waiting = edited.filter { !$0.entry.url.isEmpty }.makeIterator()
        guard let first = waiting.next() else { return spared }
        return try await self.session.withService(self.settings) { service in
            let question = ObjectHeadQuestion(client: service.engine)
            return try await withThrowingTaskGroup(of: (String, ObjectHeadQuestion.Answer).self) { group in
                func ask(_ finding: FileFinding?) {
                    guard let finding else { return }
                    group.addTask { (finding.path, try await question.ask(finding.entry.url)) }
                }
                ask(first)
                for _ in 1..<Self.questions { ask(waiting.next()) }
                while let (path, answer) = try await group.next() {
                    switch answer {
                    case .object: break
                    case .nothing(let reason):
                        spared[path] =
                            "left where it is, as it may be the only copy: HyP3 does not give it any more (\(reason))"
                    case .unknown(let reason):
                        spared[path] = "left where it is this time: whether HyP3 still has it is not known (\(reason))"
                    }
                    ask(waiting.next())
                }
                return spared
            }
        }
    }

    /// That are asked at once.
    private static let questions = 8

    private static func kept(_ place: String?) -> String { place.map { "put aside as \($0); " } ?? "" }

    private enum Aside: Sendable {
        case at(String)
        case nothingThere
        case changed
    }

    static func words(_ failure: FetchFailure) -> String {
        switch failure.kind {
        case .missing, .absent, .expired: "HyP3 has it no more: \(failure.reason)"
        case .refused: "HyP3 does not give it: \(failure.reason)"
        default: "not fetched: \(failure.reason)"
        }
    }
}
