/// Jobs that cannot be read, some of which are to be told.
package struct UnreadableJobs: Sendable, Hashable {
    /// All of them.
    package let jobs: FirstFew
    /// How many of them no earlier run has told of; at least one where they are too many to remember.
    package let new: Int

    package init(jobs: FirstFew, new: Int) {
        self.jobs = jobs
        self.new = new
    }
}
