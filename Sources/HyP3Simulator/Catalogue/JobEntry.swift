/// A job as the service keeps it: what it is filtered by, and its JSON.
final class JobEntry: Sendable {
    let id: String
    let user: String
    let requestTime: CalendarTime
    let status: String
    let jobType: String
    let name: String?
    /// The job object, encoded.
    let json: [UInt8]

    init(
        id: String,
        user: String,
        requestTime: CalendarTime,
        status: String,
        jobType: String,
        name: String?,
        json: [UInt8]
    ) {
        self.id = id
        self.user = user
        self.requestTime = requestTime
        self.status = status
        self.jobType = jobType
        self.name = name
        self.json = json
    }

    /// What the database counts for the job: a little less than its JSON, as seen in recorded pages.
    var storedSize: Int { json.count * 9 / 10 }
}
