package import FoundationEssentials

/// What a project wants, as far as the plan depends on it.
package struct PlanPolicy: Sendable {
    /// The wanted suffixes, none twice.
    package let suffixes: [SuffixTemplate]
    package let naming: ProductNaming
    /// Only products acquired then are wanted.
    package let acquired: ProjectSettings.Window
    /// Only jobs of this part are wanted.
    package let shard: Shard?
    /// The instant that decides what has expired.
    package let now: Date
    /// The last complete run: what expired since may be lost, what expired earlier is history. Nil while there was none.
    package let lastComplete: CompleteRun?

    package init(
        suffixes: [SuffixTemplate],
        naming: ProductNaming = ProductNaming(layout: .flat),
        acquired: ProjectSettings.Window = .init(),
        shard: Shard? = nil,
        now: Date,
        lastComplete: CompleteRun? = nil
    ) {
        var distinct: [SuffixTemplate] = []
        for suffix in suffixes where !distinct.contains(suffix) { distinct.append(suffix) }
        self.suffixes = distinct
        self.naming = naming
        self.acquired = acquired
        self.shard = shard
        self.now = now
        self.lastComplete = lastComplete
    }

    package init(_ settings: ProjectSettings, now: Date, lastComplete: CompleteRun? = nil) {
        self.init(
            suffixes: settings.suffixes,
            naming: ProductNaming(layout: settings.layout),
            acquired: settings.acquired,
            shard: settings.shard,
            now: now,
            lastComplete: lastComplete
        )
    }
}

/// What earlier runs learned of products that are not there.
package protocol AbsenceMemory: Sendable {
    /// Why a product is not worth asking for now, as one clause; nil where it is, or nothing is known of it.
    func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String?

    /// What is known of a product that HyP3 has deleted by now; nil where nothing is.
    func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge?
}

/// What earlier runs learned of a product that expired since. Each with its reason, as one clause.
package enum ExpiredKnowledge: Sendable, Hashable {
    /// Found lost, and told.
    case lost(String)
    /// Asked for while HyP3 should have had it, and not there.
    case absent(String)
}

/// Why a job is left out of a plan altogether.
package enum Exclusion: String, Sendable, Hashable, Codable, CaseIterable {
    /// Acquired before or after the wanted time.
    case acquisition
    /// Only some acquisition times are wanted, and the product's name tells none.
    case acquisitionUnknown = "acquisition-unknown"
    /// Belongs to another shard.
    case shard

    /// One clause for people.
    package var reason: String {
        switch self {
        case .acquisition: "acquired outside --acquired-start and --acquired-end"
        case .acquisitionUnknown: "its name tells no acquisition time"
        case .shard: "belongs to another shard"
        }
    }
}
