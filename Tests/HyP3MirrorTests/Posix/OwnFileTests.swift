import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

/// Files of our own bookkeeping are opened only where a plain file of one name lies.
@Suite(.timeLimit(.minutes(1))) struct OwnFileTests {
    /// Puts something else at `path`, which leads to `other`.
    private static func plant(_ what: String, at path: String, other: String) throws {
        switch what {
        case "symbolic link": #expect(symlink(other, path) == 0)
        case "dangling link": #expect(symlink(other + "-gone", path) == 0)
        case "hard link": #expect(link(other, path) == 0)
        case "pipe": #expect(mkfifo(path, 0o666) == 0)
        case "socket": try Self.makeSocket(at: path)
        default: #expect(mkdir(path, 0o777) == 0)
        }
    }

    private static func makeSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(100)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(isBound == 0)
    }

    /// Why the file is not opened; nil where it is.
    private static func refusal(_ path: String, _ flags: Int32) -> FilesystemError? {
        do {
            close(try SystemCalls.openOwn(path, flags, for: "open"))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["symbolic link", "dangling link", "hard link", "pipe", "socket", "directory"])
    func `what is planted is refused with its name, and what it leads to stays`(what: String) async throws {
        try await withTemporaryDirectory { directory in
            let (path, other) = ("\(directory)/f", "\(directory)/other")
            try Data("theirs".utf8).write(to: URL(fileURLWithPath: other))
            try Self.plant(what, at: path, other: other)
            for flags in [O_RDONLY, O_WRONLY, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC] {
                let error = try #require(Self.refusal(path, flags), "\(what) was opened with \(flags)")
                let word = what == "hard link" ? "2 hard links" : what == "dangling link" ? "symbolic link" : what
                let isNamed = error.description.contains(["pipe", "socket"].contains(what) ? "special file" : word)
                #expect(isNamed && error.reason?.hasPrefix("it ") == true && error.cure != nil, "\(error)")
            }
            #expect(FileManager.default.contents(atPath: other) == Data("theirs".utf8))
            #expect(!FileManager.default.fileExists(atPath: other + "-gone"))
        }
    }

    @Test func `a plain file is opened, made and emptied with the mode that the umask leaves`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/f"
            #expect(throws: FilesystemError.self) { try SystemCalls.openOwn(path, O_RDONLY, for: "read") }
            #expect(try SystemCalls.contents(of: path) == nil)
            let mask = umask(0o002)
            defer { umask(mask) }
            let descriptor = try SystemCalls.openOwn(path, O_RDWR | O_CREAT, for: "open")
            try [1, 2, 3].withUnsafeBytes { try SystemCalls.write($0, to: descriptor, at: 0, path: path) }
            close(descriptor)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o664)
            close(try SystemCalls.openOwn(path, O_WRONLY | O_TRUNC, for: "open"))
            #expect(try SystemCalls.contents(of: path) == [])
            _ = try SystemCalls.makeDirectories("\(directory)/a/b")
            #expect(stat("\(directory)/a/b", &status) == 0 && status.st_mode & 0o777 == 0o775)
        }
    }

    @Test func `an error number is one product's only where the name is, and while the archive is there`() async throws
    {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory("\(directory)/floods")
            _ = try SystemCalls.makeDirectories(project.staging)
            func isOfOne(_ path: String, _ errno: Errno, reason: String? = nil) -> Bool {
                project.isOfOneProduct(FilesystemError("write", path, errno, reason: reason, cure: "-"))
            }
            for errno: Errno in [
                .permissionDenied, .improperLink, .invalidArgument, .fileNameTooLong, .fileTooLarge,
                .illegalByteSequence,
                .noSuchFileOrDirectory,
            ] {
                #expect(isOfOne("\(project.root)/2023/a.tif", errno), "\(errno)")
                #expect(isOfOne("\(project.staging)/0123", errno), "\(errno)")
                for path in [project.manifest, project.journal, project.checksums, project.staging] {
                    #expect(!isOfOne(path, errno), "\(path)")
                }
            }
            for errno: Errno in [.noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .ioError, .socketNotConnected] {
                #expect(!isOfOne("\(project.root)/2023/a.tif", errno), "\(errno)")
            }
            #expect(!isOfOne("\(project.staging)/0123", .tooManySymbolicLinkLevels, reason: "it is a symbolic link"))
            try FileManager.default.removeItem(atPath: project.root)
            #expect(!isOfOne("\(project.root)/2023/a.tif", .noSuchFileOrDirectory))
        }
    }
}
