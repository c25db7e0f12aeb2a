import Synchronization

/// All jobs of the service, newest first for each user, as its database has them.
final class JobStore: Sendable {
    /// One page as the database reads it.
    struct Page {
        /// The jobs read that pass the filter.
        var jobs: [JobEntry]
        /// The last job read, when the database stopped at its limit.
        var lastRead: JobEntry?
    }

    /// What narrows a page down.
    struct Query {
        var user: String
        var start: CalendarTime?
        var end: CalendarTime?
        var name: String?
        var status: String?
        var jobType: String?
        /// The last job of the page before, by its id and request time.
        var after: (id: String, requestTime: CalendarTime)?
    }

    private struct State {
        var byUser: [String: [JobEntry]] = [:]
        var byID: [String: JobEntry] = [:]
    }

    private let state = Mutex(State())

    /// Adds `entries`; one with a known id takes the place of the job it renews.
    func put(_ entries: [JobEntry]) {
        state.withLock { state in
            var users = Set<String>()
            for entry in entries {
                if let old = state.byID[entry.id] {
                    state.byUser[old.user]?.removeAll { $0.id == old.id }
                }
                state.byID[entry.id] = entry
                state.byUser[entry.user, default: []].append(entry)
                users.insert(entry.user)
            }
            for user in users {
                state.byUser[user]?.sort { left, right in
                    left.requestTime == right.requestTime ? left.id > right.id : left.requestTime > right.requestTime
                }
            }
        }
    }

    /// Removes a job.
    func remove(id: String) {
        state.withLock { state in
            guard let old = state.byID.removeValue(forKey: id) else { return }
            state.byUser[old.user]?.removeAll { $0.id == id }
        }
    }

    /// The job with that id.
    subscript(id id: String) -> JobEntry? {
        state.withLock { $0.byID[id] }
    }

    /// Every job, newest first for each user.
    var all: [JobEntry] {
        state.withLock { state in state.byUser.keys.sorted().flatMap { state.byUser[$0] ?? [] } }
    }

    /// Reads jobs newest first until `limit` bytes have been read, and only then filters, as DynamoDB does.
    func page(_ query: Query, limit: Int) -> Page {
        let jobs = state.withLock { $0.byUser[query.user] ?? [] }
        // Jobs are in falling order of time: the first that is old enough begins the page.
        var index = query.end.map { end in jobs.firstIndexInOrder { $0.requestTime <= end } } ?? 0
        if let after = query.after {
            var position = jobs.firstIndexInOrder { $0.requestTime <= after.requestTime }
            var known: Int?
            while position < jobs.count, jobs[position].requestTime == after.requestTime {
                if jobs[position].id == after.id { known = position + 1 }
                position += 1
            }
            index = max(index, known ?? position)
        }
        var page = Page(jobs: [], lastRead: nil)
        var read = 0
        while index < jobs.count {
            let job = jobs[index]
            if let start = query.start, job.requestTime < start { return page }
            read += job.storedSize
            index += 1
            if query.name ?? job.name == job.name, query.status ?? job.status == job.status,
                query.jobType ?? job.jobType == job.jobType
            {
                page.jobs.append(job)
            }
            if read >= limit {
                page.lastRead = job
                return page
            }
        }
        return page
    }
}

extension [JobEntry] {
    /// The first index from which on `condition` holds; the array is sorted so that it holds from there to the end.
    fileprivate func firstIndexInOrder(_ condition: (JobEntry) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
