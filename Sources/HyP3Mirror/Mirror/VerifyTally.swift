import FoundationEssentials
import Synchronization

/// Adds up what a verification finds, to its report. Any thread.
final class VerifyTally: Sendable {
    /// Damaged files that are kept for a repair; the rest is for the next run.
    static let mostKept = 50_000

    private struct State: Sendable {
        var report: VerifyReport
        var known: KnownFiles?
        var damaged: [FileFinding] = []
        var moved: Set<UInt64> = []
        /// A directory could not be read, or a record not written.
        var hasTrouble = false
        var onEvent: @Sendable (Verify.Event) -> Void = { _ in }
    }

    private let state: Mutex<State>
    private let rows: RunRows
    /// Whether damage is told together with what comes of its repair.
    private let repairs: Bool

    init(_ report: VerifyReport, rows: RunRows, repairs: Bool = false) {
        self.state = Mutex(State(report: report))
        self.rows = rows
        self.repairs = repairs
    }

    var onEvent: @Sendable (Verify.Event) -> Void {
        get { self.state.withLock { $0.onEvent } }
        set { self.state.withLock { $0.onEvent = newValue } }
    }

    func warn(_ warning: String) {
        self.state.withLock { $0.report.warnings.append(warning) }
        self.onEvent(.warned(warning))
    }

    /// Takes down that all is not well, whatever the files are: a part of the archive was not seen, or what was committed is
    /// not on record.
    func noteTrouble() { self.state.withLock { $0.hasTrouble = true } }

    func begin(_ known: KnownFiles, due: [Int32], sample: Shard?) {
        let bytes = due.reduce(Int64(0)) { $0 &+ max(0, known.all[Int($1)].size) }
        self.state.withLock { state in
            state.report.files = known.all.count
            state.report.bytes = known.bytes
            state.report.due = due.count
            state.report.sample = sample.map { "\($0)" }
        }
        self.onEvent(.begun(files: due.count, bytes: bytes))
    }

    func note(_ finding: FileFinding) {
        let isTold = self.state.withLock { state -> Bool in
            state.report.checked += 1
            state.report.results[finding.result.rawValue, default: 0] += 1
            if finding.isMoved {
                state.report.moved += 1
                state.moved.insert(ByteStrings.hash(SystemCalls.name(of: finding.path)))
            }
            guard finding.result.isDamage else { return finding.result != .intact || finding.isMoved }
            guard self.repairs, state.damaged.count < Self.mostKept else { return true }
            state.damaged.append(finding)
            return false
        }
        if isTold { self.tell(VerifyReport.Row(finding)) }
    }

    /// What is to be repaired; from now on it is told by whoever has it.
    func takeDamaged() -> [FileFinding] {
        self.state.withLock { state in
            defer { state.damaged = [] }
            return state.damaged
        }
    }

    /// Names of files that lie elsewhere, with the right bytes, by `ByteStrings.hash`.
    var moved: Set<UInt64> { self.state.withLock { $0.moved } }

    /// - Parameters:
    ///   - repair: what was done about it; nil where nothing could be tried.
    ///   - isHealed: the product is in the archive again.
    func tell(_ finding: FileFinding, repair: String?, isHealed: Bool = false) {
        var row = VerifyReport.Row(finding)
        row.repair = repair
        row.isHealed = repair == nil ? nil : isHealed
        if isHealed { self.state.withLock { $0.report.healed += 1 } }
        self.tell(row)
    }

    func noteQuarantined() { self.state.withLock { $0.report.quarantined += 1 } }

    func note(bytesRead bytes: Int64) { self.state.withLock { $0.report.bytesRead = bytes } }

    /// - Parameter adopts: each is told with what comes of taking it in.
    func note(_ unknown: UnknownFiles.Found, adopts: Bool) {
        self.state.withLock { $0.report.unknown = unknown.count }
        if adopts { return }
        for path in unknown.paths {
            self.tell(
                VerifyReport.Row(
                    path: path,
                    finding: "unknown",
                    reason: "in no record of this archive; --adopt takes it in"
                )
            )
        }
    }

    func noteAdopted() {
        self.state.withLock { state in
            state.report.adopted += 1
            state.report.unknown -= 1
        }
    }

    /// Tells of a file that was there before and is not what it should be.
    func noteBroken(_ row: VerifyReport.Row) {
        self.state.withLock { state in
            state.report.unknown -= 1
            state.report.broken += 1
            if row.isHealed == true { state.report.healed += 1 }
        }
        self.tell(row)
    }

    func tell(_ row: VerifyReport.Row) {
        self.rows.add(row)
        self.onEvent(.found(row))
    }

    /// - Parameter isWhole: whether whatever was due was looked at, and what was to be done was done.
    func outcome(_ ending: RunEnding, ended: Date, isWhole: Bool) -> Verify.Outcome {
        for finding in self.takeDamaged() { self.tell(finding, repair: nil) }
        let (found, hasTrouble) = self.state.withLock { ($0.report, $0.hasTrouble) }
        var report = found
        report.ended = ended
        let left = isWhole && report.left == 0 ? 0 : 1
        var status = ending.status(notHad: 0, newlyLost: 0, left: ending == .complete ? 0 : left)
        if status == .ok || status == .incomplete {
            status =
                if report.damaged > 0 {
                    .damage
                } else {
                    report.count(.unreadable) > 0 || hasTrouble ? .storage : .ok
                }
        }
        report.exitCode = status
        switch ending {
        case .complete: break
        case .stopped(.maximumRuntime): report.stopped = left == 0 ? nil : "\(RunStop.Cause.maximumRuntime)"
        case .stopped(let cause): report.stopped = "\(cause)"
        case .failed(_, let message): report.stopped = message
        }
        return Verify.Outcome(report: report, rows: self.rows)
    }
}
