import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `Archive index` {
    private static let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"

    /// Makes a tree in a fresh directory, scans it and gives both. A path that ends in `/` is a directory.
    private static func withIndex(
        of paths: [String],
        suffixes: [String] = ["_VV.tif", "_WM.tif", "_FM_{estimator}_PW.tif"],
        _ body: (ArchiveIndex, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            for path in paths { try Self.make(path, in: root) }
            try await body(try await Self.scan(root, suffixes), root)
        }
    }

    private static func scan(_ root: String, _ suffixes: [String] = ["_VV.tif"]) async throws -> ArchiveIndex {
        try await ArchiveIndex.scan(FilePath(root), suffixes: try suffixes.map { try SuffixTemplate($0) })
    }

    private static func make(_ path: String, in root: String) throws {
        let whole = "\(root)/\(path)"
        let directory = path.hasSuffix("/") ? whole : String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)])
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        if !path.hasSuffix("/") { try Data().write(to: URL(filePath: whole)) }
    }

    @Test func `products are found by name wherever they lie`() async throws {
        let paths = [
            "\(Self.stem)_VV.tif", "2023/05/\(Self.stem)_WM.tif", "a/b/c/d/\(Self.stem)_FM_iterative_PW.tif",
            "other.txt",
        ]
        try await Self.withIndex(of: paths) { index, _ in
            #expect(index.path(stem: Self.stem, suffix: "_VV.tif") == paths[0])
            #expect(index.path(stem: Self.stem, suffix: "_WM.tif") == paths[1])
            #expect(index.path(stem: Self.stem, suffix: "_FM_iterative_PW.tif") == paths[2])
            for suffix in ["_VV.tif", "_WM.tif", "_FM_iterative_PW.tif"] {
                #expect(index.contains(stem: Self.stem, suffix: suffix))
                #expect(!index.contains(stem: "S1A_other", suffix: suffix))
            }
            #expect(!index.contains(stem: Self.stem, suffix: "_FM_logstat_PW.tif"))
            #expect(!index.contains(stem: "other", suffix: ".txt"))
            #expect(index.summary.files == 4)
            #expect(index.summary.named == 3)
            #expect(index.stems == 1)
            #expect(index.summary.directories == 7)
        }
    }

    @Test func `a name is found by any way of splitting it`() async throws {
        let suffixes = [".tif", "_WM.tif", "_{a}_WM.tif"]
        try await Self.withIndex(of: ["P_WM.tif", "Q.tif", "R_a_b_WM.tif"], suffixes: suffixes) { index, _ in
            #expect(index.contains(stem: "P", suffix: "_WM.tif"))
            #expect(index.contains(stem: "P_WM", suffix: ".tif"))
            #expect(index.contains(stem: "Q", suffix: ".tif"))
            #expect(index.contains(stem: "R", suffix: "_a_b_WM.tif"))
            #expect(index.contains(stem: "R_a", suffix: "_b_WM.tif"))
            #expect(index.contains(stem: "R_a_b", suffix: "_WM.tif"))
            #expect(!index.contains(stem: "P", suffix: ".tif"))
            #expect(!index.contains(stem: "Q", suffix: "_WM.tif"))
        }
    }

    @Test func `what the archive keeps for itself, trash and snapshots hold no products`() async throws {
        let places = [
            ".hyp3-mirror/partial", "2023/.hyp3-mirror/quarantine", ".snapshot/daily", "#recycle", "@eaDir/x",
        ]
        try await Self.withIndex(of: places.map { "\($0)/\(Self.stem)_VV.tif" }) { index, _ in
            #expect(!index.contains(stem: Self.stem, suffix: "_VV.tif"))
            #expect(index.summary.files == 0)
        }
    }

    @Test func `directories and special files are no products, and stand in the way where they lie`() async throws {
        let suffix = "_VV.tif"
        try await Self.withIndex(of: ["d\(suffix)/", "year/f\(suffix)"]) { _, root in
            symlink("\(root)/year/f\(suffix)", "\(root)/l\(suffix)")
            symlink("\(root)/year", "\(root)/linked")
            mkfifo("\(root)/year/p\(suffix)", 0o600)
            let index = try await Self.scan(root, [suffix])
            #expect(index.contains(stem: "f", suffix: suffix))
            for stem in ["d", "p"] { #expect(!index.contains(stem: stem, suffix: suffix)) }
            #expect(index.obstacle(at: "d\(suffix)") == .directory)
            #expect(index.obstacle(at: "l\(suffix)") == nil)
            #expect(index.obstacle(at: "year/p\(suffix)") == .special)
            #expect(index.obstacle(at: "p\(suffix)") == nil)
            #expect(index.obstacle(at: "year/f\(suffix)") == nil)
            #expect(index.obstacle(at: "linked/f\(suffix)") == nil)
            #expect(index.obstacle(at: "") == nil)
            #expect(index.summary.repeated == 0)
        }
    }

    @Test func `others' copies, trash and what one ignores hold no products`() async throws {
        let places = [
            "~snapshot/hourly", ".ckpt/2024", ".Trash-1000/files", ".recycle/b", "2023/.stversions", "RECYCLER/S-1-5",
            ".git/annex/objects", "2023/old-a", "rejected/2023", "2023/rejected",
        ]
        try await withTemporaryDirectory { root in
            for place in places { try Self.make("\(place)/P_VV.tif", in: root) }
            var scan = DirectoryScan(root: root)
            scan.passedOver = PassedOver(["old-*", "/rejected/2023"])
            let index = try ArchiveIndex(scan, wanted: WantedSuffixes([["_VV.tif"]]))
            #expect(index.path(stem: "P", suffix: "_VV.tif") == "2023/rejected/P_VV.tif")
            #expect(index.summary.named == 1)
            #expect(PassedOver().contains(fileAt: ".Trash-0/P_VV.tif") && PassedOver(["a?"]).contains(fileAt: "x/ab/P"))
            #expect(!PassedOver(["a?"]).contains(fileAt: "x/abc/P") && !PassedOver(["P"]).contains(fileAt: "P"))
        }
    }

    @Test func `one's own links to directories are followed once, and loops and doubles end`() async throws {
        try await withTemporaryDirectory { directory in
            let (root, other) = ("\(directory)/root", "\(directory)/other")
            try Self.make("a/P_VV.tif", in: root)
            try Self.make("2023/Q_VV.tif", in: other)
            try Self.make("2023/deep/R_VV.tif", in: other)
            symlink("\(other)/2023", "\(root)/z-2023")
            symlink(other, "\(root)/all")
            symlink("../../other/2023", "\(root)/a/again")
            symlink("\(root)/a", "\(root)/double")
            symlink(".", "\(root)/loop")
            symlink(directory, "\(root)/a/above")
            symlink("\(root)", "\(other)/2023/back")
            for threads in [1, 4] {
                var scan = DirectoryScan(root: root)
                scan.threads = threads
                let index = try ArchiveIndex(scan, wanted: WantedSuffixes([["_VV.tif"]]))
                #expect(index.summary.named == 3 && index.summary.repeated == 0)
                #expect(index.path(stem: "P", suffix: "_VV.tif") == "a/P_VV.tif")
                #expect(index.path(stem: "Q", suffix: "_VV.tif") == "a/above/other/2023/Q_VV.tif")
                #expect(index.unseen.isEmpty)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives links away"))
    func `another user's link is not followed, and root's and one's own are`() async throws {
        try await withTemporaryDirectory { directory in
            let root = "\(directory)/root"
            try Self.make("a/P_VV.tif", in: root)
            for (name, owner) in [("mine", uid_t(77)), ("roots", 0), ("theirs", 78)] {
                try Self.make("\(name)/\(name)_VV.tif", in: directory)
                symlink("\(directory)/\(name)", "\(root)/\(name)")
                lchown("\(root)/\(name)", owner, 0)
            }
            var scan = DirectoryScan(root: root)
            scan.user = 77
            let index = try ArchiveIndex(scan, wanted: WantedSuffixes([["_VV.tif"]]))
            #expect(index.contains(stem: "mine", suffix: "_VV.tif") && index.contains(stem: "roots", suffix: "_VV.tif"))
            #expect(!index.contains(stem: "theirs", suffix: "_VV.tif"))
            #expect(index.summary.unseen.map(\.path) == ["theirs"] && !index.unseen.hideNothing)
            #expect(index.unseen.hiding(file: "x_VV.tif", path: "theirs/2023/x_VV.tif") != nil)
            #expect(index.unseen.hiding(file: "x_VV.tif", path: "theirs_VV.tif") == nil)
        }
    }

    @Test func `a link to a file inside the project is present, one that leads out or nowhere is in the way`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let root = "\(directory)/root"
            try Self.make(".git/annex/objects/KEY", in: root)
            try Self.make("out", in: directory)
            try Self.make(".hyp3-mirror/partial/0123", in: root)
            symlink(".git/annex/objects/KEY", "\(root)/in_VV.tif")
            symlink("../out", "\(root)/out_VV.tif")
            symlink(".git/annex/objects/GONE", "\(root)/gone_VV.tif")
            symlink(".hyp3-mirror/partial/0123", "\(root)/staged_VV.tif")
            symlink("nowhere", "\(root)/2019")
            let index = try await Self.scan(root)
            #expect(index.path(stem: "in", suffix: "_VV.tif") == "in_VV.tif")
            #expect(index.obstacle(stem: "in", suffix: "_VV.tif", at: "in_VV.tif") == nil)
            for stem in ["out", "gone", "staged"] { #expect(!index.contains(stem: stem, suffix: "_VV.tif")) }
            #expect(index.obstacle(at: "out_VV.tif") == .symlink && index.obstacle(at: "staged_VV.tif") == .symlink)
            let gone = index.obstacle(stem: "gone", suffix: "_VV.tif", at: "2023/gone_VV.tif")
            #expect(gone == "a dangling symbolic link of this name lies in the archive, at gone_VV.tif")
            // An old disk that is not there hides what goes to it, and nothing else.
            #expect(index.unseen.hiding(file: "n_VV.tif", path: "2019/n_VV.tif") != nil && index.unseen.hideNothing)
        }
    }

    @Test func `a name found twice is counted, and the first path in order given`() async throws {
        let name = "\(Self.stem)_VV.tif"
        let paths = ["b/\(name)", "a/\(name)", "c/d/\(name)", "b/\(Self.stem)_WM.tif"]
        try await Self.withIndex(of: paths) { index, _ in
            #expect(index.path(stem: Self.stem, suffix: "_VV.tif") == "a/\(name)")
            #expect(index.summary.repeated == 1)
            let repeated = index.repeated(limit: 10)
            #expect(repeated.map(\.name) == [name])
            #expect(repeated.first?.paths == ["a/\(name)", "b/\(name)", "c/d/\(name)"])
            #expect(index.repeated(limit: 0).isEmpty)
        }
    }

    @Test func `names that are no UTF-8 or end otherwise are not ours`() async throws {
        try await withTemporaryDirectory { root in
            for bytes in [[0xFF, 0xFE], [0xC3, 0x28], [0x0A], [0x20, 0x22]] as [[UInt8]] {
                let path = Array("\(root)/".utf8) + bytes + Array("_VV.tif".utf8)
                let descriptor = open(path.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
                try #require(descriptor >= 0)
                close(descriptor)
            }
            let directory = Array("\(root)/".utf8) + [0xFF]
            mkdir(directory.map { CChar(bitPattern: $0) } + [0], 0o700)
            let inside = directory + Array("/x_VV.tif".utf8)
            close(open(inside.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600))
            let index = try await Self.scan(root)
            #expect(index.summary.undecodable == 2)
            #expect(index.summary.files == 5)
            #expect(index.contains(stem: "\n", suffix: "_VV.tif"))
            #expect(index.contains(stem: " \"", suffix: "_VV.tif"))
            #expect(index.path(stem: "x", suffix: "_VV.tif") == "\u{FFFD}/x_VV.tif")
        }
    }

    @Test func `a directory that does not exist yet holds nothing`() async throws {
        let index = try await Self.scan("/no/such/directory")
        #expect(index.summary == ArchiveIndex.Summary())
        #expect(!index.contains(stem: "P", suffix: "_VV.tif"))
        #expect(index.path(stem: "P", suffix: "_VV.tif") == nil)
        #expect(!index.contains(stem: String(repeating: "P", count: 300), suffix: "_VV.tif"))
    }

    @Test func `a project directory that is a file is an error`() async throws {
        try await withTemporaryDirectory { root in
            try Data().write(to: URL(filePath: "\(root)/file"))
            let error = await #expect(throws: FilesystemError.self) {
                try await Self.scan("\(root)/file")
            }
            #expect(error?.description == "cannot read the directory \(root)/file: Not a directory")
        }
    }

    @Test func `what cannot be read is reported and the rest is read`() async throws {
        // A path longer than the kernel takes (4096 bytes) cannot be opened even by root.
        let long = String(repeating: "d", count: 250)
        try await withTemporaryDirectory { root in
            try Self.make("a/\(Self.stem)_VV.tif", in: root)
            var parent = open(root, O_RDONLY | O_DIRECTORY)
            for _ in 0..<20 {
                mkdirat(parent, long, 0o700)
                let child = openat(parent, long, O_RDONLY | O_DIRECTORY)
                close(parent)
                parent = child
            }
            close(parent)
            let index = try await Self.scan(root)
            #expect(index.contains(stem: Self.stem, suffix: "_VV.tif"))
            #expect(index.summary.unseen.map(\.cause) == [.unreadable(.fileNameTooLong)])
            #expect(!index.unseen.hideNothing)
            let remove = Process()
            remove.executableURL = URL(filePath: "/bin/rm")
            remove.arguments = ["-rf", "\(root)/\(long)"]
            try remove.run()
            remove.waitUntilExit()
        }
    }

    @Test(arguments: [false, true])
    func `every file of a wide tree is found once, by any number of threads`(asking: Bool) async throws {
        try await withTemporaryDirectory { root in
            for job in 0..<300 {
                try Self.make("\(job % 17)/\(job % 5)/P\(job)_VV.tif", in: root)
                try Self.make("\(job % 7)/P\(job)_WM.tif", in: root)
            }
            for threads in [1, 2, 8] {
                var scan = DirectoryScan(root: root)
                scan.threads = threads
                scan.asksForEachKind = asking
                let index = try ArchiveIndex(scan, wanted: WantedSuffixes([["_VV.tif"], ["_WM.tif"]]))
                #expect(index.stems == 300)
                #expect(index.summary.named == 600)
                #expect(index.summary.repeated == 0)
                for job in 0..<300 {
                    #expect(
                        index.path(stem: "P\(job)", suffix: "_VV.tif") == "\(job % 17)/\(job % 5)/P\(job)_VV.tif"
                    )
                    #expect(index.path(stem: "P\(job)", suffix: "_WM.tif") == "\(job % 7)/P\(job)_WM.tif")
                }
            }
        }
    }

    @Test func `more suffixes than one word has bits are kept apart`() async throws {
        let numbers = 0..<150
        try await Self.withIndex(of: numbers.map { "P_x\($0)_z.tif" }, suffixes: ["_x{n}_z.tif"]) { index, _ in
            for number in numbers { #expect(index.contains(stem: "P", suffix: "_x\(number)_z.tif")) }
            #expect(!index.contains(stem: "P", suffix: "_x150_z.tif"))
            #expect(index.stems == 1)
            #expect(index.summary.repeated == 0)
        }
    }

    @Test(arguments: ["{all}", "{a}.tif", "_VV{a}", "_{a}_{b}.tif", "_V{a}{b}.tif"])
    func `a template of any form finds its files`(template: String) async throws {
        try await Self.withIndex(of: ["P_VV.tif"], suffixes: [template]) { index, _ in
            #expect(index.contains(stem: "P", suffix: "_VV.tif"))
            #expect(!index.contains(stem: "P", suffix: "_VH.tif"))
        }
    }

    @Test func `a scan that is stopped ends as cancelled`() async throws {
        try await withTemporaryDirectory { root in
            let stop = StopFlag()
            stop.raise()
            #expect(throws: CancellationError.self) {
                try ArchiveIndex(DirectoryScan(root: root), wanted: WantedSuffixes([["_VV.tif"]]), stop: stop)
            }
        }
    }
}
