/// One generated job, and all that its JSON and its products follow from.
package struct JobRecipe: Sendable {
    /// How `files` is given.
    package enum Files: Sendable {
        case listed
        case missing
        case null
        case empty
    }

    package let seed: UInt64
    package let index: Int
    /// A version 4 UUID.
    package let jobID: String
    package var kind: JobKind
    package var status: JobStatus
    /// When the job was submitted.
    package var requestTime: CalendarTime
    package var name: String?
    package var user: String
    /// `flood_depth_estimator` of a WATER_MAP job.
    package var estimator: String?
    /// When the first scene was acquired.
    package var acquired: CalendarTime
    /// When the products go; nil for a job that has made none.
    package var expires: CalendarTime?
    package var files: Files = .listed
    /// A job of the days before `bucket`, `bucket_prefix` and `files[].s3` were given.
    package var isLegacy = false
    /// The key prefix when it is the user's own; otherwise the job id.
    package var ownPrefix: String?
    package var rasterSize: Int
    /// Which of the shared scenes its rasters show.
    package var scene: Int

    package init(
        seed: UInt64,
        index: Int,
        kind: JobKind,
        status: JobStatus,
        requestTime: CalendarTime,
        name: String?,
        user: String,
        rasterSize: Int
    ) {
        self.seed = seed
        self.index = index
        jobID = uuid(mix(seed &+ 11, UInt64(index)), mix(seed &+ 12, UInt64(index)))
        self.kind = kind
        self.status = status
        self.requestTime = requestTime
        self.name = name
        self.user = user
        self.rasterSize = max(16, rasterSize)
        self.scene = Int(mix(seed &+ 5, UInt64(index)) % UInt64(RasterPayloads.scenes(size: max(16, rasterSize))))
        acquired = requestTime.adding(seconds: -Int(mix(seed &+ 6, UInt64(index)) % 2_000_000) - 86_400)
    }

    /// A number below `bound` that depends on the job and on `salt` only.
    func pick(_ salt: UInt64, below bound: Int) -> Int {
        Int(mix(seed &+ salt &* 1_000_003, UInt64(index)) % UInt64(max(1, bound)))
    }

    /// The prefix of the products' keys, without a slash at its end.
    package var prefix: String { ownPrefix ?? jobID }

    /// The name all products of the job share.
    package var stem: String {
        let identifier = String(hex(14).prefix(4)).uppercased()
        switch kind {
        case .waterMap, .rtc:
            return "S1A_IW_\(acquired.compact)_DVP_RTC30_G_gpuned_\(identifier)"
        case .insar:
            let second = acquired.adding(days: 12)
            return "S1AA_\(acquired.compact)_\(second.compact)_VVP012_INT80_G_ueF_\(identifier)"
        case .autorift:
            return scenes.joined(separator: "_X_") + "_G0120V02_P\(padded(autoriftPick(15) % 100, 3))"
        }
    }

    /// The scenes the job was ordered for.
    package var scenes: [String] {
        let orbit = "\(padded(20_000 + pick(16, below: 40_000), 6))_\(hex(17).prefix(6).uppercased())"
        let tail = hex(18).prefix(4).uppercased()
        switch kind {
        case .waterMap, .rtc:
            return [
                "S1A_IW_GRDH_1SDV_\(acquired.compact)_\(acquired.adding(seconds: 25).compact)_\(orbit)_\(tail)"
            ]
        case .insar:
            return [acquired, acquired.adding(days: 12)].map { time in
                "S1A_IW_SLC__1SDV_\(time.compact)_\(time.adding(seconds: 27).compact)_\(orbit)_\(tail)"
            }
        case .autorift:
            // Two jobs in a row often ask for the same pair, and then their products share one file name.
            let day = CalendarTime(2024, 1, 3).adding(days: autoriftPick(19) % 600)
            return [day, day.adding(days: 16)].map { time in
                let date = time.compact.prefix(8)
                return "LC08_L1TP_00\(autoriftPick(20) % 10)011_\(date)_\(date)_02_T1"
            }
        }
    }

    private func autoriftPick(_ salt: UInt64) -> Int {
        Int(mix(seed &+ salt, UInt64(index / 3)) >> 16)
    }

    private func hex(_ salt: UInt64) -> String {
        hexadecimal(withUnsafeBytes(of: mix(seed &+ salt &* 7_919, UInt64(index)).bigEndian) { Array($0) })
    }
}

/// A version 4 UUID of these bits, in lower case.
private func uuid(_ high: UInt64, _ low: UInt64) -> String {
    let high = high & ~0xF000 | 0x4000
    let low = low & ~(3 << 62) | 2 << 62
    let digits = Array(
        hexadecimal([high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } })
            .utf8
    )
    var text: [UInt8] = []
    for (index, digit) in digits.enumerated() {
        if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
        text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
}
