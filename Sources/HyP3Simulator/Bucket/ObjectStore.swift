import Synchronization

/// The buckets: objects put by hand, and those of the generated jobs, which are made when asked for.
final class ObjectStore: Sendable {
    /// A key as S3 compares it, byte for byte: texts that read alike may be different keys.
    private struct Key: Hashable {
        let text: String

        init(_ text: String) { self.text = text }

        static func == (a: Key, b: Key) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in text.utf8 { hasher.combine(byte) }
            hasher.combine(0xFF as UInt8)
        }
    }

    private struct State {
        var buckets: [String: [Key: ObjectVersion]] = [:]
        var removed: Set<Key> = []
        var jobs: [String: [JobRecipe]] = [:]
        var sortedPrefixes: [String]?
        var made: [Key: ObjectVersion] = [:]
        var listing: [String: Bool] = [:]
    }

    /// The bucket of the generated jobs.
    let productBucket: String
    let payloads: RasterPayloads
    private let clock: @Sendable () -> CalendarTime
    private let state = Mutex(State())

    init(productBucket: String, payloads: RasterPayloads, clock: @escaping @Sendable () -> CalendarTime) {
        self.clock = clock
        self.productBucket = productBucket
        self.payloads = payloads
        state.withLock { $0.buckets[productBucket] = [:] }
    }

    /// Makes the products of these jobs available.
    func add(_ recipes: [JobRecipe]) {
        state.withLock { state in
            for recipe in recipes { state.jobs[recipe.prefix, default: []].append(recipe) }
            state.sortedPrefixes = nil
        }
    }

    /// Puts an object, in the place of any of that key.
    func put(_ key: String, _ object: StoredObject, bucket: String) {
        state.withLock { state in
            state.buckets[bucket, default: [:]][Key(key)] = ObjectVersion(object)
            state.removed.remove(Key("\(bucket)/\(key)"))
        }
    }

    /// Removes an object.
    func remove(_ key: String, bucket: String) {
        state.withLock { state in
            state.buckets[bucket]?[Key(key)] = nil
            state.removed.insert(Key("\(bucket)/\(key)"))
        }
    }

    /// Whether anybody may list the bucket; allowed unless said otherwise.
    func setListing(_ isAllowed: Bool, bucket: String) {
        state.withLock { $0.listing[bucket] = isAllowed }
    }

    /// Whether anybody may list the bucket.
    func allowsListing(_ bucket: String) -> Bool {
        state.withLock { $0.listing[bucket] ?? true }
    }

    /// Whether there is such a bucket.
    func hasBucket(_ bucket: String) -> Bool {
        state.withLock { $0.buckets[bucket] != nil }
    }

    /// The object of that key as it is now; nil when there is none or it has expired.
    func object(_ key: String, bucket: String) -> ObjectVersion? {
        let (version, recipe) = state.withLock { state -> (ObjectVersion?, JobRecipe?) in
            let name = Key("\(bucket)/\(key)")
            if let put = state.buckets[bucket]?[Key(key)] { return (put, nil) }
            guard bucket == productBucket, !state.removed.contains(name) else { return (nil, nil) }
            if let made = state.made[Key(key)] { return (made, nil) }
            guard let slash = key.lastIndex(of: "/"), let jobs = state.jobs[String(key[..<slash])] else {
                return (nil, nil)
            }
            let file = key[key.index(after: slash)...]
            return (nil, jobs.first { file.hasPrefix($0.stem) })
        }
        var found = version
        if found == nil, let recipe { found = make(key, recipe) }
        if let expires = found?.object.expires, expires <= clock() { return nil }
        return found
    }

    /// Up to `limit` keys that begin with `prefix` and come after `after`, in order.
    func keys(bucket: String, prefix: String, after: String, limit: Int) -> [String] {
        let (byHand, removed) = state.withLock { state in
            (state.buckets[bucket].map { $0.keys.map(\.text) } ?? [], state.removed)
        }
        var result = byHand.filter { $0.utf8Starts(prefix) && $0.utf8Compare(after) > 0 }
        if bucket == productBucket {
            let known = Set(result.map { Key($0) })
            var found = 0
            for jobPrefix in prefixes(for: prefix)
            where jobPrefix.utf8Starts(prefix) || prefix.utf8Starts("\(jobPrefix)/") {
                // Keys of a job before the continuation are all smaller than it.
                guard "\(jobPrefix)0".utf8Compare(after) > 0 else { continue }
                let jobs = state.withLock { $0.jobs[jobPrefix] ?? [] }
                let now = clock()
                let keys = jobs.filter { ($0.expires ?? now.adding(days: 1)) > now }.flatMap { job in
                    ProductSet(recipe: job, payloads: payloads).fileNames.map { "\(jobPrefix)/\($0)" }
                }.filter { key in
                    key.utf8Starts(prefix) && key.utf8Compare(after) > 0 && !removed.contains(Key("\(bucket)/\(key)"))
                        && !known.contains(Key(key))
                }
                result += keys
                found += keys.count
                if found > limit { break }
            }
        }
        return Array(result.sorted { $0.utf8Compare($1) < 0 }.prefix(limit))
    }

    /// The prefixes of jobs that may have keys with `prefix`, in order.
    private func prefixes(for prefix: String) -> [String] {
        state.withLock { state in
            if let slash = prefix.lastIndex(of: "/"), state.jobs[String(prefix[..<slash])] != nil {
                return [String(prefix[..<slash])]
            }
            if let sorted = state.sortedPrefixes { return sorted }
            let sorted = state.jobs.keys.sorted { "\($0)/".utf8Compare("\($1)/") < 0 }
            state.sortedPrefixes = sorted
            return sorted
        }
    }

    private func make(_ key: String, _ recipe: JobRecipe) -> ObjectVersion? {
        let suffix = String(key.dropFirst(recipe.prefix.count + 1 + recipe.stem.count))
        guard let content = ProductSet(recipe: recipe, payloads: payloads).content(suffix) else { return nil }
        var object = StoredObject(content)
        object.modified = recipe.requestTime.adding(seconds: 3_600)
        object.expires = recipe.expires
        let version = ObjectVersion(object)
        return state.withLock { state in
            // A made object is small (its pixels are shared), but a great many of them are not.
            if state.made.count >= 50_000 { state.made.removeAll() }
            let kept = state.made[Key(key)] ?? version
            state.made[Key(key)] = kept
            return kept
        }
    }
}

extension String {
    /// Order by bytes, as S3 sorts keys: negative, zero or positive.
    fileprivate func utf8Compare(_ other: String) -> Int {
        utf8.elementsEqual(other.utf8) ? 0 : utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    }

    fileprivate func utf8Starts(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}
