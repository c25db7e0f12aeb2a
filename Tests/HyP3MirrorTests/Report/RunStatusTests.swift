import Checksums
import CurlTransfer
import Foundation
import SystemPackage
import Testing

@testable import HyP3Mirror

@Suite struct `Run status` {
    @Test(arguments: [
        (RunEnding.complete, 0, 0, 0, RunStatus.ok),
        (.complete, 1, 0, 0, .incomplete),
        (.complete, 0, 1, 0, .incomplete),
        (.stopped(.maximumRuntime), 0, 0, 1, .again),
        (.stopped(.maximumRuntime), 5, 0, 1, .again),
        (.stopped(.maximumRuntime), 0, 0, 0, .ok),
        (.stopped(.maximumRuntime), 1, 0, 0, .incomplete),
        (.stopped(.signal(2)), 1, 1, 1, .interrupted),
        (.stopped(.signal(15)), 0, 0, 0, .terminated),
        (.failed(.storage, message: "disk full"), 9, 9, 9, .storage),
    ])
    func `a run ends with the status of the contract`(
        ending: RunEnding,
        notHad: Int,
        newlyLost: Int,
        left: Int,
        status: RunStatus
    ) {
        #expect(ending.status(notHad: notHad, newlyLost: newlyLost, left: left) == status)
    }

    private static let errors: [(any Error & Sendable, Int32)] = [
        (ConfigurationError(place: .commandLine, key: "--shard", value: "x", advice: "no"), 64),
        (ConfigurationError(place: .environment, key: "X", value: "x", advice: "no"), 78),
        (ConfigurationError(place: .file("a.json"), key: "x", value: nil, advice: "no"), 78),
        (CatalogError(code: .unavailable, message: ""), 69), (CatalogError(code: .forbidden, message: ""), 77),
        (CatalogError(code: .badRequest, message: ""), 78), (LoginError(code: .wrongPassword, message: ""), 77),
        (LoginError(code: .unavailable, message: ""), 69), (FilesystemError("write", "x", .noSpace), 74),
        (RunLock.Failure.busy(path: "x", holder: nil), 75),
        (RunLock.Failure.storage(FilesystemError("open", "x", .readOnlyFileSystem)), 74),
        (CancellationError(), 130), (TransferError(code: .connection, message: ""), 69),
        (TransferError(code: .invalidRequest, message: ""), 78), (ChecksumError(code: .read, message: ""), 74),
        (Errno.noSpace, 74), (CatalogError(code: .tls, message: ""), 69),
        (LoginError(code: .noCookie, message: ""), 77),
    ]

    @Test(arguments: errors.indices)
    func `an error that ends a run has its status`(index: Int) {
        let (error, code) = Self.errors[index]
        #expect(RunStatus(error).rawValue == code)
    }

    @Test func `an error that nobody foresaw claims nothing but that the run did not end, and keeps its cause`() {
        struct Foreign: Error, CustomStringConvertible { let description = "the moon is down" }
        #expect(RunStatus(Foreign()) == .incomplete && sentence(of: Foreign()) == "cannot go on: the moon is down")
        do throws(UnforeseenError) {
            _ = try JSONOutput.bytes([Double.infinity])
            Issue.record("infinity is no JSON")
        } catch {
            #expect(RunStatus(error) == .incomplete && error.cause is EncodingError)
            let text = sentence(of: error)
            #expect(text.hasPrefix("cannot put a record as JSON: ") && text.contains("inf"), "\(text)")
            #expect(!text.contains("EncodingError") && !text.contains("Context("), "\(text)")
        }
    }

    /// Told to whoever called, and never the end of a run: each is caught where it is thrown.
    private static let innerErrors: Set<String> = [
        "JSONReader.Malformed", "JobReader.Failure", "ListingPage.Failure", "PlainXML.Failure", "RFC3339.Failure",
        "StructureFault",
    ]

    @Test func `every type of error has a status`() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources").standardizedFileURL
        let table = try String(
            contentsOf: sources.appending(path: "HyP3Mirror/Report/RunStatus+Errors.swift"),
            encoding: .utf8
        )
        var without: Set<String> = []
        for target in ["HyP3Mirror", "CurlTransfer", "Checksums", "PlainXML"] {
            let files = try #require(FileManager.default.enumerator(atPath: sources.appending(path: target).path))
            for case let path as String in files where path.hasSuffix(".swift") {
                let file = sources.appending(path: "\(target)/\(path)")
                let text = try String(contentsOf: file, encoding: .utf8)
                let declaration = #/(?m)^( *)(?:package )?(?:struct|enum|final class) (\w+): (?:\w+, )*Error\b/#
                for match in text.matches(of: declaration) {
                    let outer = file.deletingPathExtension().lastPathComponent
                    let name = match.1.isEmpty ? String(match.2) : "\(outer).\(match.2)"
                    if !table.contains("extension \(name): RunEndingError") { without.insert(name) }
                }
            }
        }
        #expect(without == Self.innerErrors, "\(without.symmetricDifference(Self.innerErrors).sorted())")
    }

    private static let merges: [([RunStatus], RunStatus)] = [
        ([], .ok), ([.ok, .ok], .ok), ([.ok, .incomplete], .incomplete), ([.incomplete, .again], .again),
        ([.again, .unavailable, .ok], .unavailable), ([.unavailable, .credentials], .credentials),
        ([.credentials, .storage, .again], .storage), ([.storage, .terminated], .terminated),
        ([.damage, .incomplete, .again], .damage),
    ]

    @Test(arguments: merges)
    func `several projects end with the gravest status`(statuses: [RunStatus], merged: RunStatus) {
        #expect(RunStatus.merged(statuses) == merged)
        #expect(RunStatus.merged(statuses.reversed()) == merged)
    }

    @Test func `every status has a place in the order`() {
        for status in RunStatus.allCases where status != .ok {
            #expect(RunStatus.merged([.ok, status]) == status)
        }
    }
}
