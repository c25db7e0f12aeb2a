import FoundationEssentials
import Glibc

/// The pictures of a page, as it holds them: `data:` URIs, within what a page may weigh.
package struct PageImages: Sendable {
    /// Bytes of all files of a page, and of one.
    private static let most = 320_000
    private static let mostOfOne: Int64 = 64_000

    /// By project's directory and path.
    private var sources: [String: [String: String]] = [:]

    /// None.
    package init() {}

    /// Reads the files; those that are gone, too large, or no PNG or JPEG are left out. Blocks.
    package init(of reports: [ArchiveReport]) {
        var left = Self.most
        for report in reports {
            for image in (report.quicklooks?.newest ?? []).prefix(max(1, Quicklooks.most / max(1, reports.count))) {
                guard let bytes = Self.bytes(of: "\(report.directory)/\(image.path)"), bytes.count <= left,
                    let type = Self.type(of: bytes)
                else { continue }
                left -= bytes.count
                let text = Data(bytes).base64EncodedString()
                self.sources[report.directory, default: [:]][image.path] = "data:image/\(type);base64,\(text)"
            }
        }
    }

    func source(of image: Quicklooks.Image, in report: ArchiveReport) -> String? {
        self.sources[report.directory]?[image.path]
    }

    private static func bytes(of path: String) -> [UInt8]? {
        guard let descriptor = try? SystemCalls.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, for: "read") else {
            return nil
        }
        defer { close(descriptor) }
        guard let size = try? SystemCalls.length(of: descriptor, path: path), (1...Self.mostOfOne).contains(size)
        else { return nil }
        let bytes = try? [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            count = try SystemCalls.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: 0, path: path)
        }
        return bytes.flatMap { $0.count == Int(size) ? $0 : nil }
    }

    private static func type(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "png" }
        return bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? "jpeg" : nil
    }
}
