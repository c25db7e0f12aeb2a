import Checksums
import Foundation
import Testing

struct FileStructureTests {
    private static func little(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// An HDF5 superblock of the version, in a file of `length` bytes that says it ends at `end`.
    private static func hdf5(version: UInt8, length: Int, end: UInt64, base: UInt64 = 0, at place: Int = 0) -> [UInt8] {
        var block: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, version]
        if version < 2 {
            block += [0, 0, 0, 0, 8, 8, 0] + self.little(4, 2) + self.little(16, 2) + self.little(0, 4)
            if version == 1 { block += [32, 0, 0, 0] }
        } else {
            block += [8, 8, 0]
        }
        block += self.little(base, 8) + self.little(.max, 8) + self.little(end, 8)
        let padding = Array(repeating: UInt8(0), count: max(0, length - place - block.count))
        return Array(repeating: 7, count: place) + block + padding
    }

    private static func chunk(_ type: String, _ content: [UInt8]) throws -> [UInt8] {
        let body = Array(type.utf8) + content
        let length = Self.little(UInt64(content.count), 4).reversed()
        return try length + body + Digest(.crc32, of: body).bytes
    }

    private static func png() throws -> [UInt8] {
        try [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + self.chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
            + self.chunk("IDAT", Array(repeating: 3, count: 300)) + self.chunk("IEND", [])
    }

    @Test(arguments: [UInt8(0), 1, 2, 3])
    func `an HDF5 file is sound up to where it says it ends`(version: UInt8) throws {
        let name = "S1.nc"
        #expect(try verdict(Self.hdf5(version: version, length: 3_000, end: 3_000), name: name).isSound)
        #expect(try verdict(Self.hdf5(version: version, length: 3_000, end: 2_900), name: name).isSound)
        #expect(try verdict(Self.hdf5(version: version, length: 3_000, end: 3_001), name: name).isDamaged)
        #expect(try verdict(Self.hdf5(version: version, length: 3_000, end: .max), name: name).isDamaged)
        let moved = Self.hdf5(version: version, length: 3_000, end: 3_000, base: 512, at: 512)
        #expect(try verdict(moved, name: name).isSound)
        // A user's block put in front later leaves the addresses as they were.
        #expect(try verdict(Self.hdf5(version: version, length: 3_000, end: 2_488, at: 512), name: name).isSound)
        #expect(try verdict(Self.hdf5(version: version, length: 3_000, end: 2_489, at: 512), name: name).isDamaged)
        let whole = Self.hdf5(version: version, length: 200, end: 200)
        for length in 0..<whole.count {
            #expect(try verdict(Array(whole[..<length]), name: name).isDamaged, "cut to \(length)")
        }
    }

    @Test func `an HDF5 file of an unknown version, strange addresses or one left open is damaged`() throws {
        #expect(try verdict(Self.hdf5(version: 4, length: 99, end: 99), name: "x.nc").reason.contains("version 4"))
        var open = Self.hdf5(version: 3, length: 99, end: 99)
        open[11] = 1
        #expect(try verdict(open, name: "x.nc").reason.contains("never closed"))
        var strange = Self.hdf5(version: 0, length: 99, end: 99)
        strange[13] = 200
        #expect(try verdict(strange, name: "x.nc").reason.contains("200 bytes"))
        #expect(try verdict(Self.hdf5(version: 2, length: 99, end: 5, base: 6), name: "x.nc").isDamaged)
    }

    @Test(arguments: ["S1.h5", "S1.HDF5", "S1.he5", "S1.nc4", "S1.out", "S1", "S1.h5.bak"])
    func `HDF5 is known by its content, whatever its name`(name: String) throws {
        for place in [0, 512, 4_096] {
            let whole = Self.hdf5(version: 2, length: 9_000, end: 9_000, base: UInt64(place), at: place)
            #expect(try verdict(whole, name: name).isSound)
            #expect(try verdict(Array(whole.dropLast()), name: name).isDamaged)
        }
    }

    @Test func `a name that promises HDF5 is held to it, and others are not`() throws {
        let text = Array("no signature anywhere".utf8)
        #expect(try verdict(text, name: "x.h5").reason.contains("HDF5"))
        #expect(try verdict([], name: "x.hdf5").reason == "the file is empty")
        #expect(try verdict(text, name: "x.out") == .unchecked)
        // Not at a place where a superblock may be.
        let moved = Self.hdf5(version: 2, length: 9_000, end: 9_999, at: 513)
        #expect(try verdict(moved, name: "x.out") == .unchecked)
    }

    @Test func `a PNG is sound with all its chunks and damaged without`() throws {
        let png = try Self.png()
        #expect(try verdict(png, name: "x.png") == .sound(.png, remark: nil))
        for length in 0..<png.count {
            #expect(try verdict(Array(png[..<length]), name: "x.png").isDamaged, "cut to \(length)")
        }
        for offset in png.indices {
            var changed = png
            changed[offset] ^= 0x10
            #expect(try verdict(changed, name: "x.png").isDamaged, "changed at \(offset)")
        }
    }

    static let small: [(String, String, Bool)] = [
        ("{}", "x.json", true), (" \n[1, 2]\n", "x.geojson", true), ("\u{FEFF}{\"a\": 1}", "x.json", true),
        ("{\"a\": 1", "x.json", false), ("[1, 2", "x.json", false), ("{]", "x.json", false), ("   ", "x.json", false),
        ("true", "x.json", false), ("<html>", "x.json", false),
        ("PAR1xxxx\u{4}\0\0\0PAR1", "x.parquet", true), ("PARExxxx\u{4}\0\0\0PARE", "x.parquet", true),
        ("PAR1xxxx\u{9}\0\0\0PAR1", "x.parquet", false), ("PAR1xxxx\0\0\0\0PAR1", "x.parquet", false),
        ("PAR1xxxx\u{4}\0\0\0", "x.parquet", false), ("PAR1", "x.parquet", false), ("PAR1PAR1", "x.parquet", false),
    ]

    @Test(arguments: small)
    func `JSON and Parquet are judged by both their ends`(content: String, name: String, isSound: Bool) throws {
        let found = try verdict(Array(content.utf8), name: name)
        #expect(found.isSound == isSound, "\(found)")
        #expect(found.isDamaged == !isSound)
    }

    @Test func `white space longer than a read is passed over`() throws {
        let space = String(repeating: " ", count: 200_000)
        #expect(try verdict(Array((space + "{" + space + "}" + space).utf8), name: "x.json").isSound)
        #expect(try verdict(Array(space.utf8), name: "x.json").isDamaged)
    }

    @Test(arguments: ["x.tif", "x.TIFF", "x.zip", "x.kmz", "x.nc", "x.h5", "x.png", "x.json", "x.geojson", "x.parquet"])
    func `an empty file and an error page are never a product`(name: String) throws {
        #expect(try verdict([], name: name).reason == "the file is empty")
        let page = "\r\n<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>"
        #expect(try verdict(Array(page.utf8), name: name).reason.contains("HTML page"))
        let message = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code></Error>"
        #expect(try verdict(Array(message.utf8), name: name).reason.contains("S3 error message"))
    }

    @Test(arguments: ["x.txt", "x", "tif", ".hidden", "x.tif.xml", "x.tif ", ""])
    func `other names are not checked`(name: String) throws {
        #expect(try verdict([], name: name) == .unchecked)
    }

    @Test func `a file shorter than said is a failure to read, not damage`() throws {
        let scratch = try ScratchFile()
        try scratch.set(Array("II*\0".utf8))
        let error = #expect(throws: ChecksumError.self) {
            try FileStructure.check(descriptor: scratch.descriptor, length: 5_000, name: "x.tif")
        }
        #expect(error?.code == .read)
    }

    @Test func `a descriptor that cannot be read is a failure that names the error`() throws {
        let error = #expect(throws: ChecksumError.self) {
            try FileStructure.check(descriptor: -1, length: 5_000, name: "x.zip")
        }
        #expect(error?.code == .read)
        #expect(error?.errno == EBADF)
    }

    @Test(arguments: ["x.zip", "x.nc", "x.tif", "x.json"])
    func `a file of nothing but zeros and a check told to stop end at once`(name: String) throws {
        let scratch = try ScratchFile()
        guard ftruncate(scratch.descriptor, 1 << 40) == 0 else { return }
        var questions = 0
        let found = Result {
            try FileStructure.check(descriptor: scratch.descriptor, length: 1 << 40, name: name) {
                questions += 1
                return true
            }
        }
        switch found {
        case .success(let verdict): #expect(verdict.isDamaged)
        case .failure(let error): #expect((error as? ChecksumError)?.code == .cancelled)
        }
        #expect(questions <= 1)
    }

    @Test func `a check that is told to stop does`() throws {
        let scratch = try ScratchFile()
        let bytes = try Self.png()
        let large = try Array(bytes.dropLast(12)) + Self.chunk("IDAT", Array(repeating: 1, count: 3_000_000))
        try scratch.set(large)
        let error = #expect(throws: ChecksumError.self) {
            try FileStructure.check(descriptor: scratch.descriptor, length: Int64(large.count), name: "x.png") { true }
        }
        #expect(error?.code == .cancelled)
    }
}
