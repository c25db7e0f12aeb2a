package import FoundationEssentials

/// What happens in a run, told as it happens: for log, progress line and report.
package enum RunEvent: Sendable {
    /// What is waited for before there is a plan; some of it goes on side by side.
    package enum Beginning: Sendable, Hashable {
        /// Credentials, and an answer of HyP3's.
        case login
        /// The lock of the project.
        case lock
        case readingArchive
        /// So many jobs have been listed.
        case listing(jobs: Int)
    }

    case entered(Beginning)
    /// The credentials are a token that ends then, by its own word (UTC).
    case usesToken(end: Date)
    /// Products have their names and are in no record yet; why, in one sentence.
    case unrecorded(String)
    /// The API listed the jobs of the query.
    case listed(JobListing.Summary)
    /// The archive was read.
    case scanned(ArchiveIndex.Summary)
    /// The plan is made; its products with these states are told one by one where they need telling.
    case planned(Plan)
    /// The bucket was asked what there is of one job, ahead of the fetching.
    case surveyed(JobSurvey)
    /// A product was found lost that no earlier run knew to be.
    case foundLost(PlannedProduct)
    /// A product was archived once, is not in the archive any more, and no earlier run has said so.
    case foundMissing(PlannedProduct)
    /// A product can never be archived; told once a day.
    case foundUnusable(UnusableProduct)
    /// Jobs cannot be read, and have products that nobody knows; each told once a day.
    case foundUnreadable(UnreadableJobs)
    /// A product that HyP3 still has is not archived, as another one of its name is.
    case foundDuplicate(PlannedProduct)
    /// What `SHA256SUMS` lists was held against the archive.
    case reviewed(RecordReview)
    /// A file of the archive is not what was archived.
    case foundBroken(BrokenFile)
    /// A product was tried to the end.
    case fetched(FetchOutcome)
    /// An image beside products was tried to the end.
    case fetchedQuicklook(FetchOutcome)
    /// Something a person should know, in one sentence.
    case warned(String)
}
