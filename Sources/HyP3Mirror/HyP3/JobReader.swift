import FoundationEssentials

/// Reads the elements of `jobs`: what is not JSON costs the page, what is only a bad job costs that job.
struct JobReader {
    /// A job, and the places of its parameters and images in the page.
    struct Found {
        let job: Job
        let parameters: Range<Int>?
        let browseImages: Range<Int>?
        let thumbnailImages: Range<Int>?
    }

    /// Names of the job parameters to keep.
    let parameterNames: Set<String>

    private enum Field: Int, CaseIterable {
        case jobID, jobType, name, statusCode, requestTime, expirationTime, files, jobParameters
        case browseImages, thumbnailImages

        var name: String {
            switch self {
            case .jobID: "job_id"
            case .jobType: "job_type"
            case .name: "name"
            case .statusCode: "status_code"
            case .requestTime: "request_time"
            case .expirationTime: "expiration_time"
            case .files: "files"
            case .jobParameters: "job_parameters"
            case .browseImages: "browse_images"
            case .thumbnailImages: "thumbnail_images"
            }
        }
    }

    /// Where the values of a job's fields are.
    private struct Places {
        private var places = [Range<Int>?](repeating: nil, count: Field.allCases.count)

        subscript(field: Field) -> Range<Int>? {
            get { self.places[field.rawValue] }
            set { self.places[field.rawValue] = newValue }
        }
    }

    /// Each field with its key as it stands in the text.
    private static let keys = Field.allCases.map { (key: Array("\"\($0.name)\"".utf8), field: $0) }

    /// Reads the element that comes next.
    func job(_ reader: inout JSONReader) throws(JSONReader.Malformed) -> Result<Found, Failure> {
        guard reader.peek() == UInt8(ascii: "{") else {
            let text = reader.bytes[try reader.value()]
            return .failure(Failure(job: UnreadableJob(jobID: nil, reason: "it is not an object", text: text)))
        }
        let start = reader.position
        var places = Places()
        try reader.members { reader, key throws(JSONReader.Malformed) in
            let field = Self.field(reader, key)
            let place = try reader.value()
            if let field { places[field] = place }
        }
        let id = places[.jobID].flatMap { reader.text($0) }
        do throws(InvalidValue) {
            return .success(
                Found(
                    job: try self.job(places, reader),
                    parameters: places[.jobParameters],
                    browseImages: places[.browseImages],
                    thumbnailImages: places[.thumbnailImages]
                )
            )
        } catch {
            let text = reader.bytes[start..<reader.position]
            return .failure(Failure(job: UnreadableJob(jobID: id, reason: error.advice, text: text)))
        }
    }

    struct Failure: Error {
        let job: UnreadableJob
    }

    private static func field(_ reader: JSONReader, _ key: Range<Int>) -> Field? {
        for (name, field) in Self.keys where name.count == key.count {
            if reader.bytes[key].elementsEqual(name) { return field }
        }
        return nil
    }

    private func job(_ places: Places, _ reader: JSONReader) throws(InvalidValue) -> Job {
        func required(_ field: Field) throws(InvalidValue) -> String {
            guard let place = places[field] else { throw InvalidValue("\(field.name) is missing") }
            guard let text = reader.text(place) else { throw InvalidValue("\(field.name) is not text") }
            return text
        }
        func optional(_ field: Field) -> Range<Int>? { places[field].flatMap { reader.isNull($0) ? nil : $0 } }
        let id = try required(.jobID)
        guard !id.isEmpty else { throw InvalidValue("job_id is empty") }
        let requested = try required(.requestTime)
        guard let requestTime = try? RFC3339.date(requested) else {
            throw InvalidValue("request_time is \(ForeignText.quoted(requested)), which is no time")
        }
        let end = optional(.expirationTime)
        let date = end.flatMap { reader.text($0) }.flatMap { try? RFC3339.date($0) }
        return Job(
            id: id,
            type: try required(.jobType),
            name: try optional(.name) == nil ? nil : required(.name),
            status: Job.Status(code: try required(.statusCode)),
            requestTime: requestTime,
            expires: date.flatMap { $0 < Self.never ? $0 : nil },
            hasUnknownEnd: end != nil && date == nil,
            files: try optional(.files).map { place throws(InvalidValue) in try Self.files(place, reader) } ?? [],
            templateParameters: self.parameterNames.isEmpty ? [:] : self.parameters(optional(.jobParameters), reader)
        )
    }

    /// HyP3 writes "never" as a date far ahead (2120, or a year from 3000 on). 2100-01-01T00:00:00Z.
    private static let never = Date(timeIntervalSince1970: 4_102_444_800)

    private static let filename = Array("\"filename\"".utf8)
    private static let size = Array("\"size\"".utf8)
    private static let url = Array("\"url\"".utf8)
    private static let s3 = Array("\"s3\"".utf8)
    private static let bucket = Array("\"bucket\"".utf8)
    private static let key = Array("\"key\"".utf8)

    private static func files(_ place: Range<Int>, _ reader: JSONReader) throws(InvalidValue) -> [Job.File] {
        guard reader.bytes[place.lowerBound] == UInt8(ascii: "[") else { throw InvalidValue("files is not a list") }
        var files: [Job.File] = []
        var isGood = true
        var inside = JSONReader(reader.bytes, at: place.lowerBound)
        do throws(JSONReader.Malformed) {
            try inside.elements { inside throws(JSONReader.Malformed) in
                guard let file = try Self.file(&inside) else {
                    isGood = false
                    return
                }
                files.append(file)
            }
        } catch {
            isGood = false
        }
        guard isGood else { throw InvalidValue("files has an entry without filename or url") }
        return files
    }

    private static func file(_ reader: inout JSONReader) throws(JSONReader.Malformed) -> Job.File? {
        guard reader.peek() == UInt8(ascii: "{") else {
            _ = try reader.value()
            return nil
        }
        var filename: String?
        var size: Int64?
        var url: String?
        var object: (bucket: String, key: String)?
        try reader.members { reader, key throws(JSONReader.Malformed) in
            let name = reader.bytes[key]
            let place = try reader.value()
            if name.elementsEqual(Self.filename) {
                filename = reader.text(place)
            } else if name.elementsEqual(Self.url) {
                url = reader.text(place)
            } else if name.elementsEqual(Self.size) {
                size = reader.integer(place).flatMap { $0 < 0 ? nil : $0 }
            } else if name.elementsEqual(Self.s3) {
                object = Self.object(reader, place)
            }
        }
        guard let filename, let url else { return nil }
        let made = object.flatMap { ObjectURL.of(bucket: $0.bucket, key: $0.key, url: url) }
        return Job.File(filename: filename, size: size, url: made ?? url)
    }

    /// Bucket and key of a file; nil where the key stands in a URL as it is, which is nearly always so.
    private static func object(_ reader: JSONReader, _ place: Range<Int>) -> (bucket: String, key: String)? {
        guard reader.bytes[place.lowerBound] == UInt8(ascii: "{") else { return nil }
        var bucket: Range<Int>?
        var key: Range<Int>?
        var inside = JSONReader(reader.bytes, at: place.lowerBound)
        // The place has been walked through before, so it is JSON.
        try? inside.members { inside, name throws(JSONReader.Malformed) in
            let place = try inside.value()
            if inside.bytes[name].elementsEqual(Self.bucket) { bucket = place }
            if inside.bytes[name].elementsEqual(Self.key) { key = place }
        }
        guard let bucket, let key, !reader.bytes[key].dropFirst().dropLast().allSatisfy(PercentEncoding.isPlainInPath),
            let bucketName = reader.text(bucket), let keyName = reader.text(key)
        else { return nil }
        return (bucketName, keyName)
    }

    private func parameters(_ place: Range<Int>?, _ reader: JSONReader) -> [String: String?] {
        guard let place, reader.bytes[place.lowerBound] == UInt8(ascii: "{") else { return [:] }
        var values: [String: String?] = [:]
        var inside = JSONReader(reader.bytes, at: place.lowerBound)
        // The place has been walked through before, so it is JSON.
        try? inside.members { inside, key throws(JSONReader.Malformed) in
            let place = try inside.value()
            guard let name = inside.text(key), self.parameterNames.contains(name) else { return }
            values.updateValue(Self.parameter(place, inside), forKey: name)
        }
        return values
    }

    /// A parameter as text; of a list or object the source, which no file name may hold. `30.0` is `30`: HyP3 writes
    /// either.
    private static func parameter(_ place: Range<Int>, _ reader: JSONReader) -> String? {
        if reader.isNull(place) { return nil }
        if let text = reader.text(place) { return text }
        guard let source = reader.source(place) else { return "\u{FFFD}" }
        if let number = Double(source), let whole = Int64(exactly: number) { return String(whole) }
        return source
    }
}

extension Job.Status {
    /// Reads `status_code`.
    package init(code: String) {
        switch code {
        case "PENDING": self = .pending
        case "RUNNING": self = .running
        case "SUCCEEDED": self = .succeeded
        case "FAILED": self = .failed
        default: self = .unknown(code)
        }
    }
}
