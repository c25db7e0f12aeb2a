extension Job {
    /// Whether nothing more will become of the job: HyP3 runs a failed one again only as another job.
    var isFinal: Bool {
        switch self.status {
        case .succeeded, .failed: true
        case .pending, .running, .unknown: false
        }
    }
}
