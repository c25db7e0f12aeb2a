package import FoundationEssentials
import Glibc
import SystemPackage

extension SystemCalls {
    /// What a path is; links are followed.
    package enum Kind: Sendable, Hashable {
        case file
        case directory
        case other
    }

    /// stat(2); nil where nothing is.
    package static func kind(of path: String) throws -> Kind? {
        guard let status = try self.status(of: path) else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// Bytes of a regular file; nil where there is none. Links are followed.
    package static func size(of path: String) throws -> Int64? {
        try self.status(of: path).flatMap { $0.st_mode & S_IFMT == S_IFREG ? Int64($0.st_size) : nil }
    }

    /// Bytes of the disk that a file takes, which may be fewer than it is long; 0 where nothing is. Links are followed.
    package static func allocated(at path: String) throws -> Int64 {
        try self.status(of: path).map { Int64($0.st_blocks) * 512 } ?? 0
    }

    /// When the contents last changed; nil where nothing is.
    package static func modificationTime(of path: String) throws -> Date? {
        try self.status(of: path).map { Date(timeIntervalSince1970: TimeInterval($0.st_mtim.tv_sec)) }
    }

    /// When the contents last changed, nanoseconds since 1970; nil where that cannot be told.
    static func modified(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? self.modified(status) : nil
    }

    /// As `modified(_:)`, from what stat(2) said; nil for times that nanoseconds cannot count.
    static func modified(_ status: stat) -> Int64? {
        let (seconds, isTooFar) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = seconds.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
        return isTooFar || isOver ? nil : sum
    }

    private static func status(of path: String) throws -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        let code = Glibc.errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw FilesystemError("examine", path, Errno(rawValue: code))
    }

    /// The names in a directory, without `.` and `..`; none if there is no such directory.
    package static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            if Glibc.errno == ENOENT { return [] }
            throw FilesystemError("read the directory", path, Errno(rawValue: Glibc.errno))
        }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            Glibc.errno = 0
            guard let entry = readdir(directory) else {
                if Glibc.errno == 0 { return names }
                throw FilesystemError("read the directory", path, Errno(rawValue: Glibc.errno))
            }
            let name = DirectoryEntries.name(of: entry)
            if name != "." && name != ".." { names.append(name) }
        }
    }

    /// A file whose size the system does not tell, of at most 4 KiB (proc(5)).
    package static func contents(ofStream path: String) throws -> [UInt8] {
        let descriptor = try self.open(path, O_RDONLY, for: "read")
        defer { close(descriptor) }
        return try [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = try self.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: 0, path: path)
        }
    }
}
