import FoundationEssentials

extension PlannedProduct {
    var urgency: Urgency {
        Urgency(
            // What may be deleted any day comes first.
            expires: self.job.hasUnknownEnd ? .distantPast : self.expires ?? .distantFuture,
            requested: self.job.requestTime,
            path: self.path
        )
    }
}
