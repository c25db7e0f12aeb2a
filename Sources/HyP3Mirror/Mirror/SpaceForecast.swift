/// Tells early that the archive's file system has no room for what the surveys of a run have found.
///
/// A warning only: what HyP3 deletes soonest is fetched first, and as much as there is room for is worth having.
struct SpaceForecast: Sendable {
    private let directory: String
    /// Bytes free when the run began; nil where the file system does not say.
    private let free: Int64?
    private let reserve: Int64
    private var totals = SurveyTotals()
    private var hasWarned = false

    /// Blocks.
    ///
    /// - Parameter reserve: bytes that `--min-free` keeps.
    init(_ project: ProjectDirectory, reserve: Int64) {
        self.init(directory: project.root, free: DiskSpace(at: project.root)?.free, reserve: reserve)
    }

    /// What to say of a `--min-free` that nothing can be held against; nil where there is no such thing.
    var blindness: String? {
        guard self.reserve > 0, self.free == nil else { return nil }
        return "the file system of \(self.directory) does not say how much is free, so --min-free cannot be kept"
    }

    init(directory: String, free: Int64?, reserve: Int64) {
        self.directory = directory
        self.free = free
        self.reserve = reserve
    }

    /// Counts what was surveyed.
    /// - Returns: one sentence, the first time that it is too much.
    mutating func add(_ survey: JobSurvey) -> String? {
        self.totals.add(survey)
        guard !self.hasWarned, let free, self.totals.bytes > free - min(self.reserve, free) else { return nil }
        self.hasWarned = true
        let kept = self.reserve > 0 ? ", of which --min-free keeps \(ByteText.decimal(self.reserve))" : ""
        return "what is missing takes at least \(ByteText.decimal(self.totals.bytes)), and \(self.directory) has "
            + "\(ByteText.decimal(free)) free\(kept); free some space before the run comes to its end"
    }
}
