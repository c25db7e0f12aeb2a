import Checksums
package import FoundationEssentials
import Glibc
import SystemPackage

/// The record of one archived product: a line of `manifest.jsonl`.
package struct ManifestEntry: Sendable, Hashable, Codable {
    package var schema = 1
    /// Below the project's directory.
    package var path: String
    /// Bytes.
    package var size: Int64
    /// Lower-case hexadecimal.
    package var sha256: String
    package var url: String
    package var etag: String?
    /// Which check passed; see `Proof`.
    package var check: String
    package var jobID: String
    package var jobType: String
    package var jobName: String?
    package var jobParameters: JSONValue?
    /// When the job was submitted, when HyP3 deletes the product, and when it was archived here (all UTC, ISO 8601).
    package var requested: Date
    package var expires: Date?
    package var archived: Date
    /// When the object was put where it was fetched from, as its host says; nil where it does not, and in what earlier
    /// versions wrote (UTC).
    package var published: Date?
    /// Whether it is an image that HyP3 shows of the job; nil for a product.
    package var isQuicklook: Bool?
    /// When it was found at `path`, where somebody has moved it since; nil where nobody has (UTC).
    package var moved: Date?
    /// When the file's contents last changed as it was archived, nanoseconds since 1970 (UTC).
    package var modified: Int64?

    private enum CodingKeys: String, CodingKey {
        case schema, path, size, sha256, url, etag, check, requested, expires, archived, published, moved, modified
        case isQuicklook = "quicklook"
        case jobID = "job_id"
        case jobType = "job_type"
        case jobName = "job_name"
        case jobParameters = "job_parameters"
    }

    /// - Parameters:
    ///   - size: in bytes.
    ///   - sha256: lower-case hexadecimal.
    package init(_ product: Product, size: Int64, sha256: String, etag: String?, proof: Proof, archived: Date) {
        let provenance = product.provenance
        self.path = product.path
        self.size = size
        self.sha256 = sha256
        self.url = product.url
        self.etag = etag
        self.check = proof.description
        self.jobID = provenance.jobID
        self.jobType = provenance.jobType
        self.jobName = provenance.jobName
        self.jobParameters = provenance.parametersJSON.flatMap {
            try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
        }
        self.requested = provenance.requested
        self.expires = provenance.expires
        self.archived = archived
        self.isQuicklook = product.isQuicklook ? true : nil
    }

    /// Reads a line; nil if it is not a manifest's.
    package init?(line: some Sequence<UInt8>) {
        guard let entry = [UInt8](line).withUnsafeBytes({ Self(line: $0) }) else { return nil }
        self = entry
    }

    /// As `init(line:)`, without a copy.
    init?(line: UnsafeRawBufferPointer) {
        guard let entry = JSONLines.decode(Self.self, line: line), entry.schema == 1 else { return nil }
        self = entry
    }

    /// The line with its end.
    package func line() throws -> [UInt8] { try JSONLines.encode([self]) }

    /// The product's line in `SHA256SUMS`, in the form of sha256sum(1), with its end. Paths have no line break or backslash
    /// (`ProductNaming` refuses them), so none needs escaping.
    package func checksumLine() -> [UInt8] {
        [UInt8]("\(self.sha256)  \(self.path)\n".utf8)
    }

    /// Whether the file at `path` is there and has the recorded size and SHA-256. Blocks.
    ///
    /// - Parameter stop: looked at for each mebibyte; once raised, it ends with `CancellationError`.
    func matches(fileAt path: String, stop: StopFlag) throws -> Bool {
        let descriptor: Int32
        do throws(FilesystemError) {
            descriptor = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, for: "read")
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno) {
                return false
            }
            throw error
        }
        defer { close(descriptor) }
        guard try SystemCalls.length(of: descriptor, path: path) == self.size else { return false }
        let digest = try StreamDigest(.sha256)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            if stop.isRaised { throw CancellationError() }
            let count = try SystemCalls.read(descriptor, into: buffer, at: offset, path: path)
            if count == 0 { return try digest.finish().hex == self.sha256 }
            try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
    }
}
