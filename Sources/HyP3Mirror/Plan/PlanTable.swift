/// The plan as people read it: grouped by state, job and reason, at most 100 columns wide as long as names allow.
package struct PlanTable {
    private let plan: Plan
    private let project: String

    /// - Parameter plan: kept with `Planner.Keeping.all`; what it does not keep is only counted.
    package init(_ plan: Plan, project: String) {
        self.plan = plan
        self.project = project
    }

    /// What is to be done first, then what cannot be done, then what need not be done.
    private static let order: [ProductState] = [
        .fetch, .lost, .missing, .unknown, .damaged, .absent, .unsafeName, .duplicateName, .unfinished, .failed,
        .expired, .notProduced, .present,
    ]

    private static let width = 100

    /// Hands out one line after another, without their ends.
    ///
    /// - Parameter states: those whose products are named; nil means all. The summary is about all of them.
    package func write(_ states: Set<ProductState>? = nil, _ emit: (String) throws -> Void) rethrows {
        let summary = self.plan.outlook.map { PlanSummary(self.plan, $0) }
        for line in Self.wrapped(self.heading(summary), indent: 0, gap: " ") { try emit(line) }
        for line in summary?.lines ?? [] { try emit(line) }
        for omission in self.plan.omissions { try emit(omission) }
        for state in Self.order where states?.contains(state) ?? true {
            let count = self.plan.count(state)
            if count == 0 { continue }
            try emit("")
            try emit("\(state.rawValue): \(Count.of(count, "product"))")
            var job: [PlannedProduct] = []
            for product in self.plan.products([state]) {
                if let last = job.last, !Self.areTogether(last, product) {
                    try Self.write(job, emit)
                    job = []
                }
                job.append(product)
            }
            try Self.write(job, emit)
        }
    }

    /// Parts that a line should not end in.
    private func heading(_ summary: PlanSummary?) -> [Substring] {
        let bytes = summary?.bytes ?? 0
        let counts = Self.order.compactMap { state in
            self.plan.counts[state].map { count in
                let size = state == .fetch && bytes > 0 ? " (\(ByteText.decimal(bytes)))" : ""
                return "\(count) \(state.rawValue)\(size)"
            }
        }
        let products = counts.isEmpty ? ["no products"] : counts.dropLast().map { $0 + "," } + counts.suffix(1)
        return ["\(self.project):", "\(Count.of(self.plan.jobs, "job"));"].map { Substring($0) }
            + products.map { Substring($0) }
    }

    /// The products of one job in one state.
    private static func write(_ products: [PlannedProduct], _ emit: (String) throws -> Void) rethrows {
        guard let first = products.first else { return }
        try emit("  " + Self.name(first))
        var reasons: [String] = []
        for product in products where !reasons.contains(product.reason) { reasons.append(product.reason) }
        for reason in reasons {
            for line in Self.wrapped("job \(first.jobID): \(reason)".split(separator: " "), indent: 4, gap: " ") {
                try emit(line)
            }
            let suffixes = products.filter { $0.reason == reason }.map { Substring($0.suffix) }
            for line in Self.wrapped(suffixes, indent: 6, gap: "  ") { try emit(line) }
        }
    }

    /// Whether they are of one job, and share a stem.
    private static func areTogether(_ a: PlannedProduct, _ b: PlannedProduct) -> Bool {
        a.jobID == b.jobID && Self.name(a) == Self.name(b)
    }

    /// What the job's products share, or what is known of their names.
    private static func name(_ product: PlannedProduct) -> String {
        if product.file.isEmpty { return ForeignText.shown(product.product.named.first?.filename ?? "(no name yet)") }
        return ForeignText.shown(
            product.file.hasSuffix(product.suffix) ? String(product.file.dropLast(product.suffix.count)) : product.file
        )
    }

    private static func wrapped(_ words: [Substring], indent: Int, gap: String) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in words {
            let word = ForeignText.shown(String(word))
            if !line.isEmpty, indent + line.count + gap.count + word.count > Self.width {
                lines.append(margin + line)
                line = ""
            }
            line += line.isEmpty ? word : gap + word
        }
        if !line.isEmpty { lines.append(margin + line) }
        return lines
    }
}
