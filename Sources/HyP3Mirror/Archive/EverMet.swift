/// What runs of a project have ever met of what it asks for: that there is none of it now is no slip in its
/// configuration.
package struct EverMet: Sendable, Hashable, Codable {
    /// Whether HyP3 listed any job.
    package var hasJobs: Bool
    /// Suffixes, as configured, of which a product existed; in order.
    package private(set) var suffixes: [String]
    /// Job parameters that suffixes need and that a job had; in order.
    package private(set) var parameters: [String]

    private enum CodingKeys: String, CodingKey {
        case suffixes, parameters
        case hasJobs = "jobs"
    }

    package init(hasJobs: Bool = false, suffixes: Set<String> = [], parameters: Set<String> = []) {
        self.hasJobs = hasJobs
        self.suffixes = suffixes.sorted()
        self.parameters = parameters.sorted()
    }

    package mutating func formUnion(_ other: EverMet) {
        self = EverMet(
            hasJobs: self.hasJobs || other.hasJobs,
            suffixes: Set(self.suffixes).union(other.suffixes),
            parameters: Set(self.parameters).union(other.parameters)
        )
    }

    /// What of it is about these suffixes.
    func about(_ templates: [SuffixTemplate]) -> EverMet {
        EverMet(
            hasJobs: self.hasJobs,
            suffixes: Set(self.suffixes).intersection(templates.map(\.text)),
            parameters: Set(self.parameters).intersection(templates.flatMap(\.parameters))
        )
    }
}
