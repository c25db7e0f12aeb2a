import Foundation

/// The jobs and objects of a simulator, generated or made by hand, and changed while clients look on.
package final class Catalogue: Sendable {
    private let jobs: JobStore
    private let objects: ObjectStore
    let user: String
    private let location: ProductLocation

    init(jobs: JobStore, objects: ObjectStore, user: String, location: ProductLocation) {
        self.jobs = jobs
        self.objects = objects
        self.user = user
        self.location = location
    }

    /// The bucket of the generated products.
    package var bucket: String { objects.productBucket }

    /// The URL of an object of the product bucket, in the style of the configuration.
    package func url(_ key: String) -> String {
        location.base + percentEncoded(key, allowing: "/")
    }

    // MARK: Jobs

    /// Ids of all jobs, newest first.
    package var jobIDs: [String] { jobs.all.map(\.id) }

    /// The JSON of a job.
    package func job(_ id: String) -> String? {
        jobs[id: id].map { String(decoding: $0.json, as: UTF8.self) }
    }

    /// Adds jobs as recipes, with their products.
    package func add(_ recipes: [JobRecipe]) {
        jobs.put(recipes.map { $0.entry(at: location, payloads: objects.payloads) })
        objects.add(recipes)
    }

    /// Adds a job by its JSON object, or renews the one with its id. What the service needs to find it is taken from
    /// the object (`job_id`, `request_time`, and when there `user_id`, `status_code`, `job_type`, `name`); the client
    /// is given the text as it is.
    package func putJob(_ json: String) throws {
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        guard let object = value as? [String: Any], let id = object["job_id"] as? String else {
            throw SimulatorError("a job needs a job_id: \(json.prefix(200))")
        }
        guard case .instant(let time) = RequestDate(object["request_time"] as? String ?? "") else {
            throw SimulatorError("the job \(id) needs a request_time like 2026-11-23T07:48:00+00:00")
        }
        jobs.put([
            JobEntry(
                id: id,
                user: object["user_id"] as? String ?? user,
                requestTime: time,
                status: object["status_code"] as? String ?? "",
                jobType: object["job_type"] as? String ?? "",
                name: object["name"] as? String,
                json: Array(json.utf8)
            )
        ])
    }

    /// Changes some top-level fields of a job; a null removes the field.
    package func updateJob(_ id: String, _ changes: String) throws {
        guard let old = jobs[id: id],
            var object = try JSONSerialization.jsonObject(with: Data(old.json)) as? [String: Any],
            let new = try JSONSerialization.jsonObject(with: Data(changes.utf8)) as? [String: Any]
        else { throw SimulatorError("there is no job \(id) to change") }
        for (name, value) in new {
            object[name] = value is NSNull ? nil : value
        }
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        try putJob(String(decoding: data, as: UTF8.self))
    }

    /// Gives a job another name.
    package func renameJob(_ id: String, to name: String) throws {
        try updateJob(id, "{\"name\": \(jsonString(name))}")
    }

    /// Removes a job, not its objects.
    package func removeJob(_ id: String) {
        jobs.remove(id: id)
    }

    // MARK: Objects

    /// Puts an object, in the place of any of that key; `bucket` is the product bucket by default.
    package func putObject(_ key: String, _ object: StoredObject, bucket: String? = nil) {
        objects.put(key, object, bucket: bucket ?? self.bucket)
    }

    /// Removes an object, also one of a generated job.
    package func removeObject(_ key: String, bucket: String? = nil) {
        objects.remove(key, bucket: bucket ?? self.bucket)
    }

    /// The object of a key as it is served now; nil when it is missing or has expired.
    package func object(_ key: String, bucket: String? = nil) -> StoredObject? {
        objects.object(key, bucket: bucket ?? self.bucket)?.object
    }

    /// The ETag of an object, quotes included.
    package func etag(_ key: String, bucket: String? = nil) -> String? {
        objects.object(key, bucket: bucket ?? self.bucket)?.etag
    }

    /// Keys that begin with `prefix`, in order, at most `limit`.
    package func keys(prefix: String = "", bucket: String? = nil, limit: Int = 100_000) -> [String] {
        objects.keys(bucket: bucket ?? self.bucket, prefix: prefix, after: "", limit: limit)
    }

    /// Whether anybody may list the bucket. Where nobody may, a missing object answers 403 instead of 404.
    package func allowListing(_ isAllowed: Bool, bucket: String? = nil) {
        objects.setListing(isAllowed, bucket: bucket ?? self.bucket)
    }

    func generate(_ configuration: SimulatorConfiguration) {
        let now = configuration.catalogue.now ?? configuration.clock()
        add(
            configuration.isDemonstration
                ? JobRecipe.demonstration(configuration.catalogue, user: user, now: now)
                : JobRecipe.generated(configuration.catalogue, user: user, now: now)
        )
    }
}
