import Checksums
import TestSupport
import Testing

struct ClassicNetCDFTests {
    /// Writes classic netCDF as the format's specification has it.
    struct Sample {
        struct Variable {
            var name: String
            var dimensions: [Int]
            var type: Int
        }

        var version: UInt8 = 1
        /// Lengths; 0 is the record dimension.
        var dimensions: [Int] = []
        var variables: [Variable] = []
        var records = 0
        /// Written instead of `records`.
        var claimedRecords: UInt64?
        /// Added to where each variable is said to begin.
        var shift: UInt64 = 0
        /// Written instead of the true `vsize`.
        var claimedSize: UInt64?

        private static let widths = [1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8]

        private func number(_ value: UInt64, _ width: Int) -> [UInt8] {
            (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }

        private func count(_ value: Int) -> [UInt8] { self.number(UInt64(value), self.version == 5 ? 8 : 4) }

        private func text(_ name: String) -> [UInt8] {
            self.count(name.utf8.count) + Array(name.utf8) + Array(repeating: 0, count: -name.utf8.count & 3)
        }

        private func list(_ tag: UInt64, _ entries: [[UInt8]]) -> [UInt8] {
            self.number(entries.isEmpty ? 0 : tag, 4) + self.count(entries.count) + entries.flatMap { $0 }
        }

        private func size(_ variable: Variable) -> Int {
            variable.dimensions.map { self.dimensions[$0] }.filter { $0 > 0 }.reduce(1, *)
                * (Self.widths[variable.type] ?? 0)
        }

        private func isRecord(_ variable: Variable) -> Bool {
            variable.dimensions.contains { self.dimensions[$0] == 0 }
        }

        private var recordSize: Int {
            let sizes = self.variables.filter(self.isRecord).map(self.size)
            return sizes.count == 1 ? sizes[0] : sizes.reduce(0) { $0 + ($1 + 3) & ~3 }
        }

        private func header(_ begins: [Int]) -> [UInt8] {
            let attribute = self.text("units") + self.number(2, 4) + self.text("m / s")
            let variables = zip(self.variables, begins).map { variable, begin in
                self.text(variable.name) + self.count(variable.dimensions.count)
                    + variable.dimensions.flatMap { self.count($0) } + self.list(12, [attribute])
                    + self.number(UInt64(variable.type), 4)
                    + self.number(
                        self.claimedSize ?? UInt64((self.size(variable) + 3) & ~3),
                        self.version == 5 ? 8 : 4
                    ) + self.number(UInt64(begin) &+ self.shift, self.version == 1 ? 4 : 8)
            }
            return Array("CDF".utf8) + [self.version]
                + self.number(self.claimedRecords ?? UInt64(self.records), self.version == 5 ? 8 : 4)
                + self.list(
                    10,
                    self.dimensions.enumerated().map { self.text("d\($0.offset)") + self.count($0.element) }
                )
                + self.list(12, [attribute, attribute]) + self.list(11, variables)
        }

        /// The file, without padding behind its last value.
        var bytes: [UInt8] {
            var next = self.header(self.variables.map { _ in 0 }).count
            var begins = self.variables.map { _ in 0 }
            var end = next
            for (index, variable) in self.variables.enumerated() where !self.isRecord(variable) {
                begins[index] = next
                end = next + self.size(variable)
                next = (end + 3) & ~3
            }
            for (index, variable) in self.variables.enumerated() where self.isRecord(variable) {
                begins[index] = next
                if self.records > 0 { end = next + (self.records - 1) * self.recordSize + self.size(variable) }
                next += (self.size(variable) + 3) & ~3
            }
            let header = self.header(begins)
            return header + Array(repeating: 0x55, count: max(0, end - header.count))
        }
    }

    private static let usual = Sample(
        dimensions: [0, 3, 5],
        variables: [
            .init(name: "time", dimensions: [0], type: 6), .init(name: "x", dimensions: [1], type: 5),
            .init(name: "water", dimensions: [0, 1, 2], type: 3), .init(name: "mask", dimensions: [2], type: 1),
            .init(name: "scalar", dimensions: [], type: 4),
        ],
        records: 4
    )

    private static func samples(version: UInt8) -> [Sample] {
        var samples = [Self.usual]
        // Only fixed variables; only one small record variable, which is not padded; none at all; no record yet.
        samples.append(Sample(dimensions: [7], variables: [.init(name: "a", dimensions: [0], type: 2)]))
        samples.append(
            Sample(dimensions: [0, 3], variables: [.init(name: "flags", dimensions: [0, 1], type: 1)], records: 5)
        )
        samples.append(Sample())
        samples.append(Sample(dimensions: [0], variables: [.init(name: "t", dimensions: [0], type: 4)]))
        return samples.map {
            var sample = $0
            sample.version = version
            return sample
        }
    }

    @Test(arguments: [UInt8(1), 2, 5])
    func `a file is sound up to its last value, and damaged without`(version: UInt8) throws {
        for (index, sample) in Self.samples(version: version).enumerated() {
            let bytes = sample.bytes
            #expect(try verdict(bytes, name: "x.nc") == .sound(.netCDF, remark: nil), "sample \(index)")
            #expect(try verdict(bytes + [0, 0, 0], name: "x.nc").isSound)
            for length in 0..<bytes.count {
                let found = try verdict(Array(bytes[..<length]), name: "x.nc")
                guard !found.isDamaged else { continue }
                Issue.record("sample \(index) cut to \(length) of \(bytes.count) is \(found)")
                break
            }
        }
    }

    @Test(arguments: [UInt8(1), 2, 5])
    func `the size a header states is not what counts`(version: UInt8) throws {
        var sample = Self.usual
        sample.version = version
        // What stands there for a variable too large for the field, and lies.
        for size: UInt64 in [0xFFFF_FFFF, 0, 12] {
            sample.claimedSize = size
            #expect(try verdict(sample.bytes, name: "x.nc").isSound)
            #expect(try verdict(Array(sample.bytes.dropLast(4)), name: "x.nc").isDamaged)
        }
    }

    @Test func `records beyond the end are missed, and those of a stream are not counted`() throws {
        for version: UInt8 in [1, 2, 5] {
            var sample = Self.usual
            sample.version = version
            sample.claimedRecords = 5
            #expect(try verdict(sample.bytes, name: "x.nc").reason.contains("record 5 of 5"))
            sample.claimedRecords = version == 5 ? .max - 1 : 0xFFFF_FFFE
            #expect(try verdict(sample.bytes, name: "x.nc").isDamaged)
            sample.claimedRecords = version == 5 ? .max : 0xFFFF_FFFF
            guard case .sound(.netCDF, let remark?) = try verdict(sample.bytes, name: "x.nc") else {
                Issue.record("a stream of version \(version)")
                continue
            }
            #expect(remark.contains("left open"))
        }
    }

    @Test(arguments: [UInt64(1) << 31, 1 << 40, .max - 7, .max])
    func `a variable said to begin far away is damaged`(shift: UInt64) throws {
        var sample = Self.usual
        sample.version = 5
        sample.shift = shift
        // Wrapping round to before the file is no nearer.
        #expect(try verdict(sample.bytes, name: "x.nc").isDamaged || shift > .max - 8)
    }

    @Test func `what no header is, is damaged`() throws {
        #expect(try verdict(Array("CDF".utf8) + [3] + Array(repeating: 0, count: 60), name: "x.nc").isDamaged)
        #expect(try verdict(Array("CDF".utf8) + [1], name: "x.nc").isDamaged)
        var sample = Self.usual
        sample.variables[1].type = 12
        #expect(try verdict(sample.bytes, name: "x.nc").reason.contains("unknown type 12"))
        sample = Self.usual
        sample.variables[2].dimensions = [1, 0]
        #expect(try verdict(sample.bytes, name: "x.nc").reason.contains("first dimension"))
    }

    @Test func `changed bytes never crash the check nor make it long`() throws {
        let scratch = try ScratchFile()
        var generator = SeededGenerator(seed: 21)
        for version: UInt8 in [1, 2, 5] {
            for sample in Self.samples(version: version) {
                let bytes = sample.bytes
                for _ in 0..<1_500 {
                    var changed = bytes
                    for _ in 0..<Int.random(in: 1...6, using: &generator) {
                        let value: UInt8 =
                            Bool.random(using: &generator) ? 0xFF : UInt8(truncatingIfNeeded: generator.next())
                        changed[Int.random(in: 0..<bytes.count, using: &generator)] = value
                    }
                    try scratch.set(changed)
                    var questions = 0
                    _ = try? FileStructure.check(
                        descriptor: scratch.descriptor,
                        length: Int64(changed.count),
                        name: "x.nc"
                    ) {
                        questions += 1
                        return false
                    }
                    #expect(questions < 5)
                }
            }
        }
    }
}
