import CLinux
import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

/// Bytes that are read past memory are those of the file, wherever it ends.
@Suite(.timeLimit(.minutes(1))) struct DiskFileTests {
    private static let room = 2 * DiskFile.block

    /// The bytes of a file as they are read, a buffer's worth at a time.
    private static func bytes(of path: String) throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.room, alignment: DiskFile.block)
        defer { buffer.deallocate() }
        var file = try DiskFile(path)
        var bytes: [UInt8] = []
        while true {
            let count = try file.read(into: buffer, at: Int64(bytes.count))
            bytes += buffer[..<count]
            if count < buffer.count { return bytes }
        }
    }

    @Test(arguments: [0, 1, 511, 512, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 16384, 20000])
    func `a file is read whole where its end lies between two blocks, and where it does not`(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            var generator = SeededGenerator(seed: UInt64(size))
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/f"))
            #expect(try Self.bytes(of: "\(directory)/f") == bytes)
            #expect(try DiskFile("\(directory)/f").look().size == Int64(size))
        }
    }

    /// A page of such a file in memory would make what its disk has wrong look right.
    @Test func `what was read does not stay in memory where a file system reads past it`() async throws {
        try await withTemporaryDirectory { directory in
            let (path, size) = ("\(directory)/f", 64 * DiskFile.block)
            try Data(count: size).write(to: URL(fileURLWithPath: path))
            let descriptor = try SystemCalls.open(path, O_RDONLY, for: "read")
            defer { close(descriptor) }
            #expect(fsync(descriptor) == 0)
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
            let past = open(path, O_RDONLY | linux_direct())
            close(past)
            try #expect(DiskFile(path).isDirect == (past >= 0))
            guard past >= 0 else { return }
            #expect(try Self.bytes(of: path).count == size)
            let map = try #require(mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0))
            defer { munmap(map, size) }
            var pages = [UInt8](repeating: 0, count: size / Int(getpagesize()))
            #expect(mincore(map, size, &pages) == 0)
            #expect(pages.allSatisfy { $0 & 1 == 0 })
        }
    }

    @Test func `where a file system has no such thing, it is read as any other`() throws {
        #expect(try !DiskFile("/proc/self/maps").isDirect)
        #expect(String(decoding: try Self.bytes(of: "/proc/version"), as: UTF8.self).hasPrefix("Linux version "))
    }

    @Test func `what is no file, or is not there, is refused with its name`() async throws {
        try await withTemporaryDirectory { directory in
            #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
            for (path, words) in [
                ("\(directory)/pipe", "a special file, not a file"), (directory, "directory"),
                ("\(directory)/no", "No such"),
            ] {
                let error = #expect(throws: FilesystemError.self) { _ = try DiskFile(path).look() }
                #expect(error?.path == path && "\(error!)".contains(words), "\(error!)")
            }
        }
    }
}
