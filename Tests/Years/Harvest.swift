import Checksums
import Foundation
import HyP3Simulator

/// The jobs of a year, by the seed: when each is ordered, done, named otherwise and deleted, and the bytes of its products.
struct Harvest {
    private let seed: UInt64
    private let start: Date
    private let days: Int

    /// Days before the year that have jobs, too.
    private static let before = 20
    /// Files that the bucket gets of a job, as far as it makes them.
    private static let kept = [
        ".zip", "_WM.zip", "_FM.zip", "_VV.tif", "_VH.tif", "_WM.tif", "_WM_HAND.tif",
    ]
    private static let depth = "_WaterDepth.tif"
    /// Days of a season. In every other one HyP3 is quick and does all it is asked for, so that nothing old is open, which
    /// would have incremental runs look further back than they otherwise would.
    private static let season = 30

    init(seed: UInt64, start: Date, days: Int) {
        self.seed = seed
        self.start = start
        self.days = days
    }

    /// - Parameter simulator: whose URLs the jobs have.
    func jobs(for simulator: Simulator) async throws -> [TrueJob] {
        var configuration = SimulatorConfiguration()
        configuration.clock = { CalendarTime(1970, 1, 2) }
        return try await withSimulator(configuration) { press in
            var jobs: [TrueJob] = []
            var stems: Set<String> = []
            for day in -Self.before..<self.days {
                var chance = Chance(self.seed, "jobs", day)
                let isQuick = day / Self.season % 2 == 1
                let count = [0, 1, 1, 1, 2, 3][chance.number(0...5)]
                // Orders of one submission have one time.
                var requested = self.start.addingTimeInterval(Double(day) * 86400 + Double(chance.number(0...86399)))
                for _ in 0..<count {
                    if chance.happens(0.6) { requested.addTimeInterval(Double(chance.number(1...7200))) }
                    let recipe = self.recipe(number: jobs.count, requested: requested, isQuick: isQuick, &chance)
                    let job = try self.job(of: recipe, isQuick: isQuick, in: press, for: simulator, &chance)
                    if stems.insert(job.stem).inserted { jobs.append(job) }
                }
            }
            return jobs
        }
    }

    private func recipe(number: Int, requested: Date, isQuick: Bool, _ chance: inout Chance) -> JobRecipe {
        // Of other jobs some products are never there, and an incremental run looks back to them as long as they might come.
        var kinds = Chance(self.seed, "kinds")
        let isOther = !chance.happens(0.8) && kinds.happens(0.5) && !isQuick
        var recipe = JobRecipe(
            seed: self.seed,
            index: number,
            kind: isOther ? .rtc : .waterMap,
            status: .succeeded,
            requestTime: CalendarTime(requested),
            name: World.project,
            user: "scientist",
            rasterSize: 16
        )
        recipe.estimator = chance.happens(0.5) ? "iterative" : nil
        return recipe
    }

    private func job(
        of recipe: JobRecipe,
        isQuick: Bool,
        in press: Simulator,
        for simulator: Simulator,
        _ chance: inout Chance
    ) throws -> TrueJob {
        let requested = recipe.requestTime.date
        let minutes =
            switch isQuick ? 1 : chance.number(1...10) {
            case 1...6: chance.number(10.0...55)
            case 7...9: chance.number(60.0...720)
            default: chance.number(1440.0...14400)
            }
        let finished = CalendarTime(requested.addingTimeInterval(minutes * 60)).date
        let expires = CalendarTime(finished).midnight.adding(days: 15)
        var recipe = recipe
        recipe.expires = expires
        press.catalogue.add([recipe])
        guard let json = press.catalogue.job(recipe.jobID) else { throw Finding("no job came of a recipe") }
        let fails = chance.happens(0.06)
        let filesListed = chance.happens(0.04) ? finished.addingTimeInterval(chance.number(1.0...30) * 3600) : finished
        let isSlow = chance.happens(isQuick ? 0 : 0.06)
        let slow = finished.addingTimeInterval(
            chance.happens(0.7) ? chance.number(1.0...30) * 3600 : chance.number(2.0...13) * 86400
        )
        var products: [TrueProduct] = []
        for key in press.catalogue.keys(prefix: recipe.prefix + "/") where !fails {
            let file = String(key.dropFirst(recipe.prefix.utf8.count + 1))
            let suffix = String(file.dropFirst(recipe.stem.utf8.count))
            guard Self.kept.contains(suffix) || suffix.hasSuffix(Self.depth),
                let bytes = press.catalogue.object(key)?.content.bytes
            else { continue }
            let isLate = isSlow && (suffix == "_WM.tif" || suffix == "_VV.tif")
            products.append(
                TrueProduct(
                    jobID: recipe.jobID,
                    file: file,
                    template: suffix.hasSuffix(Self.depth) ? "_FM_{flood_depth_estimator}\(Self.depth)" : suffix,
                    key: key,
                    bytes: bytes,
                    sha256: try Self.sha256(bytes),
                    uploaded: isLate ? slow : finished,
                    expires: expires.date
                )
            )
        }
        let isLate = chance.happens(isQuick ? 0.3 : 0.1)
        return TrueJob(
            id: recipe.jobID,
            stem: recipe.stem,
            requested: requested,
            listed: requested.addingTimeInterval(isLate ? chance.number(1.0...14) * 3600 : 0),
            finished: finished,
            fails: fails,
            filesListed: filesListed,
            expires: expires.date,
            names: self.names(requested: requested, finished: finished, &chance),
            products: products,
            json: json.replacing(press.catalogue.url(""), with: simulator.catalogue.url(""))
        )
    }

    private func names(
        requested: Date,
        finished: Date,
        _ chance: inout Chance
    ) -> [(since: Date, name: String)] {
        let later = finished.addingTimeInterval(chance.number(0.2...20) * 86400)
        let last = later.addingTimeInterval(chance.number(0.2...10) * 86400)
        switch chance.fraction() {
        case ..<0.04: return [(requested, World.other), (later, World.project)]
        case ..<0.08: return [(requested, World.project), (later, World.other)]
        case ..<0.10: return [(requested, World.project), (later, World.other), (last, World.project)]
        default: return [(requested, World.project)]
        }
    }

    private static func sha256(_ bytes: [UInt8]) throws -> String {
        try bytes.withUnsafeBytes { try Digest(.sha256, of: $0) }.hex
    }
}
