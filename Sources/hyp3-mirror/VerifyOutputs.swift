import HyP3Mirror

/// The reports that a call of `verify` writes where the user asked for them. Projects that name the same file share it.
struct VerifyOutputs {
    private let settings: [ProjectSettings]
    private var done: [Int: Verify.Outcome] = [:]

    init(_ settings: [ProjectSettings]) { self.settings = settings }

    /// Writes what is known now that a project has come to its end.
    ///
    /// - Throws: `FilesystemError`.
    mutating func write(_ outcome: Verify.Outcome, of index: Int) throws {
        self.done[index] = outcome
        guard let path = self.settings[index].reportFile else { return }
        let runs = self.done.sorted { $0.key < $1.key }.filter { self.settings[$0.key].reportFile == path }
        let all = self.settings.count { $0.reportFile == path }
        // A pipe gets its contents once.
        guard runs.count == all || ReplacedFile.isRegular(path) else { return }
        try replaceFile(at: path) { put in
            try VerifyReports.write(runs.map { ($0.value.report, $0.value.rows) }, isOne: all == 1, put)
        }
    }
}
