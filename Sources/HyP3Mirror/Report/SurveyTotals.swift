/// What the surveys of a run add up to: how many bytes are to come.
package struct SurveyTotals: Sendable, Hashable {
    /// Bytes of the products whose size is known.
    package private(set) var bytes: Int64 = 0
    /// Products whose size is known, or that are known not to come.
    private var known = 0

    package init() {}

    package mutating func add(_ survey: JobSurvey) {
        let (sum, isTooMany) = self.bytes.addingReportingOverflow(survey.bytes)
        self.bytes = isTooMany ? .max : sum
        self.known += survey.sized + survey.absent.count + survey.unnamed.count
    }

    /// The bytes of all `products` that are to be fetched; nil while the size of any is not known.
    package func bytes(ofAll products: Int) -> Int64? {
        self.known >= products && products > 0 ? self.bytes : nil
    }
}
