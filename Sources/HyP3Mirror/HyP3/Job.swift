package import FoundationEssentials

/// One HyP3 processing order, as far as an archive needs to know it.
///
/// Read from `GET /jobs`; only `job_id`, `user_id`, `job_type`, `job_parameters`, `request_time` and `status_code` are
/// sure to be there (HyP3 API, `openapi-spec.yml`).
package final class Job: Sendable {
    package enum Status: Sendable, Hashable {
        case pending
        case running
        /// The only status whose files are final and complete.
        case succeeded
        case failed
        /// A status this version does not know; treated as not finished.
        case unknown(String)
    }

    /// A file the API lists. Others of the same stem lie beside it in the bucket.
    package struct File: Sendable, Hashable {
        package var filename: String
        /// Bytes, as the API has it; may be off.
        package var size: Int64?
        /// As HyP3 gives it, or made from the key where HyP3 tells it and it does not stand in a URL as it is.
        package var url: String
        package init(filename: String, size: Int64?, url: String) {
            self.filename = filename
            self.size = size
            self.url = url
        }
    }

    package let id: String
    package let type: String
    package let name: String?
    package let status: Status
    /// When the job was submitted (UTC, whole seconds).
    package let requestTime: Date
    /// When HyP3 deletes its products (UTC); nil means never, or not said.
    package let expires: Date?
    /// Whether HyP3 says that its products are deleted, at a time that cannot be read: it may be any day.
    package let hasUnknownEnd: Bool
    package let files: [File]
    /// The job parameters that suffix templates name, as text; nil for null. Others are not kept.
    package let templateParameters: [String: String?]
    /// All job parameters as the JSON object the service gave; kept only for jobs with something to fetch.
    package let parametersJSON: String?

    package init(
        id: String,
        type: String,
        name: String?,
        status: Status,
        requestTime: Date,
        expires: Date?,
        hasUnknownEnd: Bool = false,
        files: [File],
        templateParameters: [String: String?] = [:],
        parametersJSON: String? = nil
    ) {
        self.id = id
        self.type = type
        self.name = name
        self.status = status
        self.requestTime = requestTime
        self.expires = expires
        self.hasUnknownEnd = hasUnknownEnd
        self.files = files
        self.templateParameters = templateParameters
        self.parametersJSON = parametersJSON
    }

    /// The same job with other files, or with all its parameters.
    package func with(files: [File]? = nil, parametersJSON: String? = nil) -> Job {
        Job(
            id: self.id,
            type: self.type,
            name: self.name,
            status: self.status,
            requestTime: self.requestTime,
            expires: self.expires,
            hasUnknownEnd: self.hasUnknownEnd,
            files: files ?? self.files,
            templateParameters: self.templateParameters,
            parametersJSON: parametersJSON ?? self.parametersJSON
        )
    }
}

extension Job.File {
    /// What ends the names of zips that a later step of a job made beside its first, without `.zip`.
    static let laterSteps = ["_FM", "_WM"]

    /// The name without its ending, and the ending with its dot (empty where the name has none).
    var split: (stem: String, ending: String) {
        let name = self.filename.utf8
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return (self.filename, "") }
        return (String(Substring(name[..<dot])), String(Substring(name[dot...])))
    }
}
