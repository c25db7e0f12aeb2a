import Checksums
import Foundation
import TestSupport
import Testing

struct ZipStructureTests {
    /// An archive made by Python's `zipfile`, whose standard input is `script` with `z` open for writing.
    private static func archive(_ script: String) async throws -> [UInt8] {
        try await withTemporaryDirectory { directory in
            let program = """
                import io, os, random, sys, zipfile
                os.chdir(sys.argv[1])
                random.seed(5)
                noise = random.randbytes(3000)
                text = b'HyP3 ' * 800
                class Unseekable(io.RawIOBase):
                    def __init__(self, file): self.file = file
                    def writable(self): return True
                    def write(self, data): return self.file.write(data)
                \(script)
                """
            _ = try await run("python3", ["-c", program, directory])
            return [UInt8](try Data(contentsOf: URL(filePath: directory + "/x.zip")))
        }
    }

    private static let usual = """
        with zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED) as z:
            z.writestr('P/', b'')
            z.writestr('P/P_VV.tif', noise)
            z.writestr('P/P.README.txt', text)
            z.writestr('P/empty', b'')
            z.writestr(zipfile.ZipInfo('P/stored'), noise)
        """

    static let sound: [(String, String)] = [
        ("usual", usual),
        ("empty", "zipfile.ZipFile('x.zip', 'w').close()"),
        ("with a comment", usual + "\n    z.comment = b'PK\\x05\\x06' * 500"),
        (
            "with descriptors",
            """
            with open('x.zip', 'wb') as f, zipfile.ZipFile(Unseekable(f), 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('a', noise)
                z.writestr('b', text)
                z.writestr('c', b'')
                z.writestr(zipfile.ZipInfo('d'), noise)
            """
        ),
        (
            "with wide descriptors",
            """
            with open('x.zip', 'wb') as f, zipfile.ZipFile(Unseekable(f), 'w', zipfile.ZIP_DEFLATED) as z:
                with z.open('a', 'w', force_zip64=True) as m: m.write(text)
                z.writestr('b', noise)
            """
        ),
        (
            "with wide sizes",
            """
            zipfile.ZIP64_LIMIT = 100
            zipfile.ZIP_FILECOUNT_LIMIT = 2
            \(usual)
            """
        ),
        (
            "many members",
            """
            with zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for i in range(70000): z.writestr('%d' % i, b'x')
            """
        ),
        (
            "highly compressed",
            """
            with zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('zeros', bytes(30_000_000))
                z.writestr('noise', random.randbytes(1_000_000))
                z.writestr('mixed', (random.randbytes(999) + bytes(99_000)) * 30)
            """
        ),
    ]

    @Test(arguments: sound)
    func `whole archives are sound`(name: String, script: String) async throws {
        let bytes = try await Self.archive(script)
        #expect(try verdict(bytes, name: "P.zip") == .sound(.zip, remark: nil))
    }

    @Test(arguments: [sound[0], sound[2], sound[3], sound[4], sound[5]])
    func `an archive cut short anywhere is damaged`(name: String, script: String) async throws {
        let bytes = try await Self.archive(script)
        let scratch = try ScratchFile()
        try scratch.set(bytes)
        for length in 0..<bytes.count {
            let found = try scratch.verdict(length: length, name: "x.zip")
            guard !found.isDamaged else { continue }
            Issue.record("cut to \(length) of \(bytes.count) is \(found)")
            break
        }
    }

    @Test(arguments: [sound[0], sound[3], sound[5]])
    func `a changed byte in a member is found, and no change crashes the check`(
        name: String,
        script: String
    ) async throws {
        let bytes = try await Self.archive(script)
        let scratch = try ScratchFile()
        var generator = SeededGenerator(seed: 11)
        // The first two kilobytes of noise, deflated or stored, belong to a member.
        let noise = 200..<2_200
        for round in 0..<2_000 {
            var changed = bytes
            let isPayload = round.isMultiple(of: 4)
            for _ in 0..<(isPayload ? 1 : Int.random(in: 1...12, using: &generator)) {
                let fromEnd = !isPayload && Bool.random(using: &generator)
                let range = isPayload ? noise : fromEnd ? (bytes.count - 600)..<bytes.count : 0..<bytes.count
                changed[Int.random(in: range, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            }
            let found = try scratch.verdict(changed, name: "x.zip")
            if isPayload { #expect(found.isDamaged, "round \(round)") }
        }
    }

    private static let commented = ("with a plain comment", usual + "\n    z.comment = b'made by HyP3'")

    /// What stands in front of or behind an archive that `unzip -t` and Python's `zipfile` read all the same.
    static let surrounded: [(String, String)] = [
        ("a prefix", "d = b'#!/bin/sh\\nexit 0\\n' + d"),
        ("a long prefix", "d = b'MZ' + random.randbytes(300_000) + d"),
        ("a byte behind", "d = d + b'\\0'"),
        ("a line break behind", "d = d + b'\\r\\n'"),
        ("much behind", "d = d + bytes(65_000)"),
        ("both", "d = b'prefix' + d + b'suffix'"),
    ]

    @Test(arguments: surrounded, [sound[0], sound[4], sound[5], commented])
    func `bytes in front of an archive or behind it do not matter`(
        surrounding: (String, String),
        archive: (String, String)
    ) async throws {
        let bytes = try await Self.archive(
            """
            \(archive.1)
            d = open('x.zip', 'rb').read()
            \(surrounding.1)
            open('x.zip', 'wb').write(d)
            assert zipfile.ZipFile('x.zip').testzip() is None
            """
        )
        #expect(try verdict(bytes, name: "x.zip") == .sound(.zip, remark: nil))
        // A member is still looked at.
        let noise = try #require(bytes.firstRange(of: Array("P/P_VV.tif".utf8)) ?? bytes.firstRange(of: [0x61]))
        var changed = bytes
        changed[noise.upperBound + 90] ^= 0x40
        if archive.0 != "with wide descriptors" { #expect(try verdict(changed, name: "x.zip").isDamaged) }
    }

    @Test func `an archive cut off behind another one that was stored in it is damaged`() async throws {
        let bytes = try await Self.archive(
            """
            with zipfile.ZipFile('inner.zip', 'w') as z: z.writestr('a', noise)
            with zipfile.ZipFile('x.zip', 'w') as z:
                z.writestr('first', text)
                z.write('inner.zip')
                z.writestr('last', noise)
            """
        )
        let scratch = try ScratchFile()
        try scratch.set(bytes)
        for length in 0..<bytes.count {
            let found = try scratch.verdict(length: length, name: "x.zip")
            guard !found.isDamaged else { continue }
            Issue.record("cut to \(length) of \(bytes.count) is \(found)")
            break
        }
    }

    @Test func `members that zlib cannot read are told and not taken for damage`() async throws {
        let bytes = try await Self.archive(
            """
            with zipfile.ZipFile('x.zip', 'w') as z:
                z.writestr('a', text, zipfile.ZIP_BZIP2)
                z.writestr('b', text, zipfile.ZIP_LZMA)
                z.writestr('c', text, zipfile.ZIP_DEFLATED)
            """
        )
        guard case .sound(.zip, let remark?) = try verdict(bytes, name: "x.zip") else {
            Issue.record("no remark")
            return
        }
        #expect(remark.contains("2 of 3 members"))
    }

    @Test func `an encrypted member is told and not taken for damage`() async throws {
        var bytes = try await Self.archive(
            "with zipfile.ZipFile('x.zip', 'w') as z: z.writestr('a', noise)"
        )
        bytes[6] |= 1
        let entry = try #require(bytes.firstRange(of: [0x50, 0x4B, 1, 2]))
        bytes[entry.lowerBound + 8] |= 1
        // Whatever an encrypted member holds, its plain CRC-32 cannot be compared.
        bytes[100] ^= 0xFF
        guard case .sound(.zip, let remark?) = try verdict(bytes, name: "x.zip") else {
            Issue.record("no remark")
            return
        }
        #expect(remark.contains("encrypted"))
    }

    /// Patches of an archive with the stored members `a` and `b` of 3,000 bytes each, and what is said of them.
    static let patches: [(String, String, String)] = [
        ("another name", "d[30] = ord('q')", "another name"),
        ("another CRC in front", "d[14] ^= 1", "another CRC-32 or size"),
        ("another CRC in both", "d[14] ^= 1; d[c + 16] ^= 1", "CRC-32 of the zip member"),
        ("another method in front", "d[8] = 8", "another compression"),
        ("a member in the directory", "d[c + 42:c + 46] = c.to_bytes(4, 'little')", "does not lie before"),
        ("a member outside", "d[c + 42:c + 46] = b'\\xf0\\xff\\xff\\xff'", "does not lie before"),
        ("no member there", "d[c + 42] = 1", "no zip member begins"),
        ("a longer member", "d[c + 20:c + 24] = b'\\xff\\xff\\xff\\x00'", "reaches into the zip directory"),
        ("wide sizes missing", "d[c + 20:c + 24] = b'\\xff' * 4", "lacks its Zip64 sizes"),
        ("fewer members", "d[-14] = d[-12] = 1", "other than the 1 members"),
        ("more members", "d[-14] = d[-12] = 9", "too short for 9"),
        ("a directory elsewhere", "d[-6] ^= 2", "that its directory does not name"),
        ("a directory too long", "d[-9] = 1", "past its end record"),
        ("a split archive", "d[-18] = 1", "split"),
    ]

    @Test(arguments: patches)
    func `a hand-made lie is told`(name: String, patch: String, reason: String) async throws {
        let bytes = try await Self.archive(
            """
            with zipfile.ZipFile('x.zip', 'w') as z:
                z.writestr('a', noise); z.writestr('b', noise)
            d = bytearray(open('x.zip', 'rb').read())
            c = d.find(b'PK\\x01\\x02'); e = d.find(b'PK\\x01\\x02', c + 1)
            \(patch)
            open('x.zip', 'wb').write(d)
            """
        )
        let found = try verdict(bytes, name: "x.zip")
        #expect(found.reason.contains(reason), "\(found)")
    }

    @Test func `members over each other are damaged`() async throws {
        let bytes = try await Self.archive(
            """
            with zipfile.ZipFile('x.zip', 'w') as z:
                z.writestr('a', noise); z.writestr('b', b'')
            d = bytearray(open('x.zip', 'rb').read())
            c = d.find(b'PK\\x01\\x02'); e = d.find(b'PK\\x01\\x02', c + 1)
            d[e:e + 47] = d[c:c + 47]
            open('x.zip', 'wb').write(d)
            """
        )
        #expect(try verdict(bytes, name: "x.zip").reason.contains("overlap"))
    }

    @Test func `a member that inflates to more than it says is stopped`() async throws {
        let bytes = try await Self.archive(
            """
            with zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('a', bytes(50_000_000))
            d = bytearray(open('x.zip', 'rb').read())
            c = d.find(b'PK\\x01\\x02')
            d[22:26] = d[c + 24:c + 28] = (1000).to_bytes(4, 'little')
            open('x.zip', 'wb').write(d)
            """
        )
        #expect(try verdict(bytes, name: "x.zip").reason.contains("more than its 1000 bytes"))
    }
}
