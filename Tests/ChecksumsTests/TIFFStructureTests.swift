import Checksums
import Foundation
import TestSupport
import Testing

struct TIFFStructureTests {
    typealias Directory = TIFFSample.Directory

    /// Every kind of sound file, with a name for messages.
    static let samples: [(String, [UInt8])] = {
        var samples: [(String, [UInt8])] = []
        let contents: [(String, [Directory])] = [
            ("strips", [Directory()]),
            ("short lengths", [Directory(shortLengths: true)]),
            ("one strip", [Directory(height: 10)]),
            ("tiles", [Directory(tile: 16)]),
            ("sparse", [Directory(tile: 16, sparse: [0, 3, 5])]),
            ("overviews", [Directory(tile: 16), Directory(width: 15, height: 20, tile: 16), Directory(width: 8)]),
            (
                "children",
                [Directory(subdirectories: [Directory(height: 8), Directory(tile: 16)]), Directory(width: 7)]
            ),
        ]
        for (name, directories) in contents {
            for isBig in [false, true] {
                for isLittleEndian in [false, true] {
                    for last in [false, true] {
                        var sample = TIFFSample(
                            isBig: isBig,
                            isLittleEndian: isLittleEndian,
                            directoriesLast: last,
                            directories
                        )
                        let order = isLittleEndian ? "II" : "MM"
                        samples.append(("\(name) \(isBig ? "Big" : "")\(order) last \(last)", sample.encoded()))
                    }
                }
            }
        }
        return samples
    }()

    private static func encoded(_ directories: [Directory]) -> [UInt8] {
        var sample = TIFFSample(directories)
        return sample.encoded()
    }

    @Test func `whole files of both kinds and byte orders are sound`() throws {
        for (name, bytes) in Self.samples {
            #expect(try verdict(bytes, name: "x.tif") == .sound(.tiff, remark: nil), "\(name)")
        }
    }

    @Test func `a file cut short anywhere is damaged`() throws {
        let scratch = try ScratchFile()
        for (name, bytes) in Self.samples {
            try scratch.set(bytes)
            for length in 0..<bytes.count {
                let found = try scratch.verdict(length: length, name: "x.tif")
                guard !found.isDamaged else { continue }
                Issue.record("\(name) cut to \(length) of \(bytes.count) is \(found)")
                break
            }
        }
    }

    @Test func `bytes behind the end do no harm`() throws {
        #expect(try verdict(Self.samples[0].1 + [1, 2, 3], name: "x.TIFF").isSound)
    }

    @Test func `changed bytes never crash the check nor make it long`() throws {
        let scratch = try ScratchFile()
        var generator = SeededGenerator(seed: 10)
        for round in 0..<4_000 {
            var bytes = Self.samples[round % Self.samples.count].1
            // The tables lie at one end or the other.
            let start = [0, bytes.count - 300, 0][round % 3]
            let count = round % 3 == 2 ? bytes.count : 300
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let place = start + Int.random(in: 0..<count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = try scratch.verdict(bytes, name: "x.tif")
        }
    }

    static let wrong: [(String, [Directory], String)] = [
        ("no strips", [Directory(without: [273, 279])], "names no strips or tiles"),
        ("no lengths", [Directory(without: [279])], "have no lengths"),
        ("no width", [Directory(without: [256])], "no size of its image"),
        ("no tile size", [Directory(tile: 16, without: [322])], "have no size"),
        ("too few strips", [Directory(extra: [(278, 3, 1, 1)], without: [278])], "too few"),
        ("strips without rows", [Directory(extra: [(278, 3, 1, 0)], without: [278])], "no rows"),
        (
            "offsets and lengths differ in number",
            [Directory(height: 10, extra: [(279, 4, 2, 8)], without: [279])], "1 offsets of strips and 2 lengths"
        ),
        ("text outside", [Directory(extra: [(270, 2, 100_000, 8)])], "TIFF tag 270"),
        ("more values than there are", [Directory(extra: [(42_112, 2, 0xFFFF_FFFF, 8)])], "TIFF tag 42112"),
        ("offset without a place", [Directory(height: 10, extra: [(273, 4, 1, 0)], without: [273])], "no place"),
        (
            "strip outside", [Directory(height: 10, extra: [(273, 4, 1, 0xFFFF_FFF0)], without: [273])],
            "before the end of strip 0"
        ),
        (
            "child outside", [Directory(extra: [(330, 4, 1, 0x00FF_FFFF)])],
            "the image directory (2 bytes from byte 16777215)"
        ),
    ]

    @Test(arguments: wrong)
    func `a table that cannot be right is told`(name: String, directories: [Directory], reason: String) throws {
        let found = try verdict(Self.encoded(directories), name: "x.tif")
        #expect(found.reason.contains(reason), "\(found)")
    }

    @Test func `directories in a loop are damaged`() throws {
        var bytes = Self.encoded([Directory(), Directory()])
        // The last directory's link points to the first one.
        let first = bytes[4..<8]
        let end = bytes.count
        let link = try #require((0..<(end - 4)).last { self.isLastLink(bytes, $0) })
        bytes.replaceSubrange(link..<(link + 4), with: first)
        #expect(try verdict(bytes, name: "x.tif").reason.contains("named twice"))
    }

    /// Whether the four bytes are the zero link behind the second directory.
    private func isLastLink(_ bytes: [UInt8], _ offset: Int) -> Bool {
        func number(_ at: Int, _ width: Int) -> Int {
            (0..<width).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
        }
        let first = number(4, 4)
        let second = number(first + 2 + 12 * number(first, 2), 4)
        return offset == second + 2 + 12 * number(second, 2)
    }

    @Test func `many directories that share one huge table are refused early`() throws {
        // Each of 3,000 directories names the same table of as many strips as fit into 8 MB.
        var bytes = [UInt8]("II*\0".utf8) + [8, 0, 0, 0]
        func number(_ value: Int, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let directoryLength = 2 + 5 * 12 + 4
        let tables = 8 + 3_000 * directoryLength
        let count = 1_000_000
        for index in 0..<3_000 {
            bytes += number(5, 2)
            for (tag, type, values, value) in [
                (256, 4, 1, 1), (257, 4, 1, count), (273, 4, count, tables), (278, 4, 1, 1),
                (279, 4, count, tables + 4 * count),
            ] {
                bytes += number(tag, 2) + number(type, 2) + number(values, 4) + number(value, 4)
            }
            bytes += number(index == 2_999 ? 0 : bytes.count + 4, 4)
        }
        bytes += Array(repeating: 1, count: 4 * count) + Array(repeating: 0, count: 4 * count)
        #expect(directoryLength == 66)
        #expect(try verdict(bytes, name: "x.tif").reason.contains("overlap"))
    }
}
