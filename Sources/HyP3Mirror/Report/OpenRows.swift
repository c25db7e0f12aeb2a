import FoundationEssentials
import Synchronization

/// What a run leaves open, gathered while it goes on, for `open.jsonl`. Any thread.
///
/// Lines lie in a file without a name; what is kept in memory is a number a product that was tried.
package final class OpenRows: Sendable {
    private struct State {
        var count = 0
        var dropped = 0
        /// Products that need no line any more: archived, proven absent, lost, or told with their failure.
        var told: Set<UInt64> = []
    }

    /// Of a run that leaves more open, the others are counted.
    private static let most = 20_000

    private let spool: Spool
    private let state = Mutex(State())

    package init(_ project: ProjectDirectory) { self.spool = Spool(for: project.open) }

    /// - Parameter path: beside which the lines wait.
    init(beside path: String) { self.spool = Spool(for: path) }

    /// Takes down the jobs of the page that failed, with what they were ordered with.
    func add(failedOf page: JobPage, shard: Shard?) {
        guard page.jobs.contains(where: { $0.status == .failed }) else { return }
        for job in page.jobs(keepingParametersOf: { $0.status == .failed }) where job.status == .failed {
            if let shard, !shard.contains(jobID: job.id) { continue }
            self.add(OpenRecord(Provenance(job), state: "failed", file: "", reason: "the job failed"))
        }
    }

    /// Takes down what came of a fetch.
    func note(_ outcome: FetchOutcome) {
        guard let end = ProductOutcome(outcome) else { return }
        let product = outcome.product
        let key = Self.key(product)
        self.state.withLock { state in _ = state.told.insert(key) }
        guard end.isNotHad, case .failed(let failure) = outcome.result else { return }
        let state: ProductState = end == .damagedUpstream ? .damaged : .fetch
        let reason = failure.reason
        self.add(
            OpenRecord(
                product.provenance,
                state: state.rawValue,
                file: product.file,
                suffix: product.suffix,
                reason: reason
            )
        )
    }

    func add(_ record: OpenRecord) {
        let isRoom = self.state.withLock { state in
            state.count += 1
            if state.count > Self.most { state.dropped += 1 }
            return state.count <= Self.most
        }
        if isRoom { self.spool.add { try JSONOutput.bytes(record) } }
    }

    /// The states of products that a plan leaves open.
    static let open: Set<ProductState> = [.fetch, .missing, .unknown, .damaged, .duplicateName, .unsafeName]

    /// Takes down what the plan wanted and nobody tried.
    func add(restOf plan: Plan) {
        for planned in plan.products(Self.open) {
            // What a pattern stands for is told by its files.
            if planned.state == .fetch, planned.file.isEmpty { continue }
            if self.state.withLock({ $0.told.contains(Self.key(planned.product)) }) { continue }
            self.add(
                OpenRecord(
                    planned.product.provenance,
                    state: planned.state.rawValue,
                    file: planned.file,
                    suffix: planned.suffix,
                    reason: planned.reason
                )
            )
        }
    }

    /// Puts it all in place of what the last run left. Blocks; call under the run lock.
    ///
    /// - Throws: `FilesystemError`.
    func save(_ header: OpenHeader, _ plan: Plan, in project: ProjectDirectory) throws {
        self.add(restOf: plan)
        if let from = header.listedFrom {
            // Jobs that failed before are final, and were not listed again.
            _ = try OpenFile(path: project.open).read { record in
                if record.state == "failed", record.requested < from { self.add(record) }
            }
        }
        var header = header
        header.dropped = self.dropped
        try replaceFile(at: project.open, through: project.open + ".new") { put in
            try put(try JSONLines.encode([header]))
            try self.spool.read(put)
        }
    }

    /// Lines that there was no room for.
    var dropped: Int { self.state.withLock { $0.dropped } }

    /// Gives `body` what was taken down. Blocks.
    func read(_ body: (OpenRecord) -> Void) throws {
        var bytes: [UInt8] = []
        try self.spool.read { bytes += $0 }
        for record in JSONLines.decode(OpenRecord.self, from: bytes[...]) { body(record) }
    }

    private static func key(_ product: Product) -> UInt64 { ByteStrings.hash("\(product.jobID)\n\(product.file)") }
}

extension OpenHeader {
    /// What the run of `report` with `plan` came to.
    init(_ report: RunReport, _ plan: Plan, query: String) {
        self.init(
            asOf: report.started,
            ended: report.ended,
            query: query,
            jobs: report.jobs,
            unreadableJobs: report.unreadableJobs,
            products: report.productsAfterwards
        )
        self.listedFrom = plan.policy.listedFrom
    }
}

extension RunReport {
    /// `products` as they stand now that the run has ended.
    var productsAfterwards: [String: Int] {
        var products = self.products
        func move(_ count: Int, to state: ProductState) {
            products[ProductState.fetch.rawValue, default: 0] -= count
            products[state.rawValue, default: 0] += count
        }
        move(self.archived, to: .present)
        move(self.count(ProductOutcome.absent), to: .absent)
        move(self.count(.foundLost), to: .lost)
        move(self.count(.damagedUpstream), to: .damaged)
        return products.filter { $0.value > 0 }
    }
}
