/// The rasters HyP3's jobs make, with the pixels and the file layout of each.
enum RasterKind: String, Sendable, CaseIterable {
    case vv
    case vh
    case rgb
    case dem
    case layoverShadow
    case waterMap
    case hand
    case vvInitial
    case vhInitial
    case vvFuzzy
    case vhFuzzy
    case waterDepth
    case floodDepth
    case floodMask
    case permanentWater
    case unwrappedPhase
    case coherence
    case amplitude

    /// The number type of a sample.
    enum Sample: Sendable {
        case byte
        case int16
        case float32

        var size: Int {
            switch self {
            case .byte: 1
            case .int16: 2
            case .float32: 4
            }
        }
    }

    var sample: Sample {
        switch self {
        case .rgb, .layoverShadow, .waterMap, .vvInitial, .vhInitial, .floodMask, .permanentWater: .byte
        case .dem: .int16
        default: .float32
        }
    }

    var bands: Int { self == .rgb ? 3 : 1 }

    /// Tiles of 64 × 64 pixels, else strips of 16 rows.
    var isTiled: Bool {
        switch self {
        case .vv, .rgb, .hand, .waterDepth, .floodDepth, .vvFuzzy, .coherence: true
        default: false
        }
    }

    /// Deflate, else raw. What goes into a zip is raw, so that a zip's size is known without making it.
    var isCompressed: Bool {
        switch self {
        case .rgb, .layoverShadow, .hand, .vvInitial, .vhInitial, .vvFuzzy, .vhFuzzy, .waterDepth, .floodDepth,
            .amplitude:
            true
        default: false
        }
    }

    /// The value that means "nothing here", as GDAL writes it.
    var noData: String? {
        switch self {
        case .waterDepth, .floodDepth, .hand: "-1"
        case .vv, .vh, .unwrappedPhase, .coherence, .amplitude: "0"
        default: nil
        }
    }

    /// The value of one pixel and band.
    func value(_ terrain: Terrain, _ index: Int, band: Int) -> Float {
        let height = terrain.heights[index]
        let noise = terrain.noise[index]
        let floods = height < 6
        let river = height < 0
        let backscatter = floods ? 0.008 + 0.01 * noise : 0.06 + 0.16 * noise + height * 0.0004
        switch self {
        case .vv: return backscatter
        case .vh: return backscatter * 0.22
        case .rgb:
            switch band {
            case 0: return floods ? 10 : min(255, 60 + height * 0.9 + noise * 40)
            case 1: return floods ? 30 : min(255, 90 + height * 0.5 + noise * 40)
            default: return floods ? 140 + noise * 60 : 40 + noise * 30
            }
        case .dem: return (1_320 + height).rounded()
        case .layoverShadow: return height > 90 && noise > 0.6 ? 5 : 1
        case .waterMap: return floods ? 1 : 0
        case .hand: return max(0, height)
        case .vvInitial: return height < 5 ? 1 : 0
        case .vhInitial: return height < 7 ? 1 : 0
        case .vvFuzzy, .vhFuzzy: return max(0, min(1, (12 - height) / 12))
        case .waterDepth: return floods ? (6 - height) * 0.4 : -1
        case .floodDepth: return floods && !river ? (6 - height) * 0.4 : -1
        case .floodMask: return floods && !river ? 1 : 0
        case .permanentWater: return river ? 1 : 0
        case .unwrappedPhase: return height * 0.12 + noise * 0.1 + 0.01
        case .coherence: return floods ? 0.1 + 0.1 * noise : 0.6 + 0.35 * noise
        case .amplitude: return backscatter * 400
        }
    }
}
