import TestSupport
import Checksums
import Foundation

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: self.next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

extension Digest {
    init(_ algorithm: DigestAlgorithm, of bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBytes { try Digest(algorithm, of: $0) }
    }
}

/// Calls `body` with the bytes in pieces of random length, some of them empty.
func forEachRandomPiece(
    of bytes: [UInt8],
    upTo longest: Int,
    using generator: inout SeededGenerator,
    _ body: (UnsafeRawBufferPointer) throws -> Void
) rethrows {
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 0...longest, using: &generator))
        try bytes[start..<end].withUnsafeBytes(body)
        start = end
    }
}

/// Runs a program and gives its standard output; throws with its standard error if it fails.
func run(_ program: String, _ arguments: [String], in directory: String? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    if let directory { process.currentDirectoryURL = URL(filePath: directory) }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ProgramFailed(command: ([program] + arguments).joined(separator: " "), status: process.terminationStatus)
    }
    return String(decoding: data, as: UTF8.self)
}

struct ProgramFailed: Error {
    var command: String
    var status: Int32
}
