import Checksums
import Foundation
import HyP3Simulator

/// The jobs of a year, as the simulator shows them while time goes on.
final class World {
    static let project = "floods"
    static let other = "drought"
    /// Suffixes that the project wants all the year round, in summer besides.
    static let suffixes = ["_VV.tif", "_WM.tif", "_WM.zip", "_FM_{flood_depth_estimator}_WaterDepth.tif"]
    static let summerSuffixes = ["_WM_HAND.tif"]

    let jobs: [TrueJob]
    let byID: [String: TrueJob]
    let byFile: [String: TrueProduct]
    private let catalogue: Catalogue
    /// Places of the jobs that still change.
    private var moving: [Int]
    private var shown: [TrueJob.Phase?]
    private var uploaded: Set<String> = []

    /// - Parameters:
    ///   - jobs: as `Harvest` has them.
    ///   - simulator: shows them.
    init(_ jobs: [TrueJob], in simulator: Simulator) {
        self.jobs = jobs
        self.byID = Dictionary(jobs.map { ($0.id, $0) }) { first, _ in first }
        self.byFile = Dictionary(jobs.flatMap(\.products).map { ($0.file, $0) }) { first, _ in first }
        self.catalogue = simulator.catalogue
        self.moving = Array(jobs.indices)
        self.shown = Array(repeating: nil, count: jobs.count)
    }

    /// Has the simulator show what is then.
    ///
    /// - Parameter tell: gets what has happened, a sentence each.
    func advance(to date: Date, tell: (String) -> Void) throws {
        var moving: [Int] = []
        for place in self.moving {
            let job = self.jobs[place]
            guard let phase = job.phase(at: date) else {
                moving.append(place)
                continue
            }
            if phase != self.shown[place] {
                tell(
                    "\(job.id) \(job.stem) is \(phase.status), named \(phase.name)\(phase.listsFiles ? ", lists files" : "")"
                )
                self.shown[place] = phase
                try self.catalogue.putJob(try Self.json(of: job, in: phase))
            }
            for product in job.products where product.uploaded <= date && self.uploaded.insert(product.key).inserted {
                var object = StoredObject(product.bytes)
                object.expires = CalendarTime(product.expires)
                self.catalogue.putObject(product.key, object)
                if product.uploaded > job.finished { tell("\(product.file) is uploaded, late") }
            }
            if date < job.settled { moving.append(place) }
        }
        self.moving = moving
    }

    private static func json(of job: TrueJob, in phase: TrueJob.Phase) throws -> String {
        guard var object = try JSONSerialization.jsonObject(with: Data(job.json.utf8)) as? [String: Any] else {
            throw Finding("the simulator's own JSON of \(job.id) is no object")
        }
        object["status_code"] = phase.status
        object["name"] = phase.name
        if phase.status != "SUCCEEDED" {
            for key in ["files", "browse_images", "thumbnail_images", "expiration_time", "logs", "processing_times"] {
                object[key] = nil
            }
        } else if !phase.listsFiles {
            object["files"] = [Any]()
        }
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
