import FoundationEssentials

/// Decides what the refusal of a product means: absent only with proof, expired where HyP3 has deleted it by now, and a
/// failure else.
struct AbsenceJudge: Sendable {
    let witnesses: Witnesses
    /// The time that decides what has expired.
    let now: @Sendable () -> Date

    /// - Returns: what the run makes of `failure`, which is itself where it is no refusal.
    /// - Throws: `CancellationError`
    func verdict(on failure: FetchFailure, of product: Product, at origin: Origin) async throws -> FetchFailure {
        switch failure.kind {
        case .missing, .refused: break
        default: return failure
        }
        if let expires = product.expires, expires <= self.now() {
            return FetchFailure(.expired, "\(failure.reason); HyP3 deleted it on \(CivilTime(expires).text)")
        }
        // Whoever says so honestly may be asked for others; whoever refuses what is there refuses everything, perhaps.
        let isHonest = failure.kind == .missing(isTold: true)
        if let namer = Self.namer(of: product) {
            return FetchFailure(.refused, "\(failure.reason), though \(namer) names it", concernsHost: !isHonest)
        }
        let testimony: Witnesses.Testimony
        do {
            testimony = try await self.witnesses.testimony(on: product, at: origin)
        } catch let trouble as FetchFailure {
            // Nothing is known yet, of this or the other file.
            return trouble
        }
        switch (testimony, failure.kind) {
        case (.answers, .missing): return FetchFailure(.absent(.witness), failure.reason)
        case (.answers, _): return FetchFailure(.refused, failure.reason)
        case (.none, _):
            return FetchFailure(
                .refused,
                "\(failure.reason), and HyP3 names no other file of the job there that could show whether that is so",
                concernsHost: !isHonest
            )
        case (.refuses(let other), _):
            return FetchFailure(
                .refused,
                other.reason == failure.reason
                    ? "\(failure.reason), for a file that HyP3 names, too" : "\(failure.reason); \(other.reason)",
                concernsHost: other.concernsHost
            )
        }
    }

    /// Who says that the product is there; nil for nobody.
    private static func namer(of product: Product) -> String? {
        if product.listed != nil { return "the bucket's listing" }
        return product.isNamed ? "HyP3" : nil
    }
}
