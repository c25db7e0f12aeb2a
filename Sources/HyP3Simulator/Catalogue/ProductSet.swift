/// The files one generated job leaves in the bucket.
struct ProductSet: Sendable {
    let recipe: JobRecipe
    let payloads: RasterPayloads
    private let stem: String

    init(recipe: JobRecipe, payloads: RasterPayloads) {
        self.recipe = recipe
        self.payloads = payloads
        stem = recipe.stem
    }

    /// The files HyP3 lists for the job, by suffix, with their exact sizes.
    var listed: [(suffix: String, size: Int)] {
        guard recipe.status != .pending else { return [] }
        // A failed or unfinished job lists what its finished steps have made: only the first zip.
        let isComplete = recipe.status == .succeeded
        switch recipe.kind {
        case .autorift: return isComplete ? [(".nc", SmallFormats.netCDFSize(size: recipe.rasterSize))] : []
        case .rtc, .insar: return isComplete ? [(".zip", zipSize(.zip))] : []
        case .waterMap:
            var result = [(".zip", zipSize(.zip))]
            if isComplete, recipe.estimator != nil { result.append(("_FM.zip", zipSize(.floodZip))) }
            if isComplete { result.append(("_WM.zip", zipSize(.waterZip))) }
            return result
        }
    }

    /// The file name (stem and suffix) of everything in the bucket, sorted.
    var fileNames: [String] {
        guard !listed.isEmpty else { return [] }
        return (Array(rasters.keys) + Array(smallFiles.keys) + listed.map(\.suffix)).map { stem + $0 }.sorted()
    }

    /// The bytes of the file with that suffix; nil when the job does not make it.
    func content(_ suffix: String) -> Content? {
        guard listed.contains(where: { $0.suffix == suffix }) || rasters[suffix] != nil || smallFiles[suffix] != nil
        else { return nil }
        if let raster = rasters[suffix] { return content(raster, suffix) }
        if let small = smallFiles[suffix] { return small }
        switch suffix {
        case ".nc": return SmallFormats.netCDF(size: recipe.rasterSize, seed: mix(recipe.seed, UInt64(recipe.index)))
        case ".zip": return zip(.zip)
        case "_FM.zip": return zip(.floodZip)
        case "_WM.zip": return zip(.waterZip)
        default: return nil
        }
    }

    private enum Zip {
        case zip
        case floodZip
        case waterZip
    }

    /// The GeoTIFFs by suffix.
    private var rasters: [String: RasterKind] {
        switch recipe.kind {
        case .autorift: return [:]
        case .insar: return ["_unw_phase.tif": .unwrappedPhase, "_corr.tif": .coherence, "_amp.tif": .amplitude]
        case .rtc: return ["_VV.tif": .vv, "_VH.tif": .vh]
        case .waterMap:
            var result: [String: RasterKind] = [
                "_VV.tif": .vv, "_VH.tif": .vh, "_rgb.tif": .rgb, "_dem.tif": .dem, "_ls_map.tif": .layoverShadow,
            ]
            guard recipe.status == .succeeded else { return result }
            result.merge([
                "_WM.tif": .waterMap, "_WM_HAND.tif": .hand, "_WM_VV_initial.tif": .vvInitial,
                "_WM_VH_initial.tif": .vhInitial, "_WM_VV_fuzzy.tif": .vvFuzzy, "_WM_VH_fuzzy.tif": .vhFuzzy,
            ]) { $1 }
            guard let estimator = recipe.estimator else { return result }
            result["_FM_\(estimator)_WaterDepth.tif"] = .waterDepth
            result["_FM_\(estimator)_FloodDepth.tif"] = .floodDepth
            result["_FM_\(estimator)_FloodMask.tif"] = .floodMask
            result["_FM_\(estimator)_PW.tif"] = .permanentWater
            return result
        }
    }

    private var smallFiles: [String: Content] {
        let shade = UInt8(truncatingIfNeeded: recipe.pick(50, below: 256))
        let images = [".png": SmallFormats.png(shade: shade), "_thumb.png": SmallFormats.png(shade: shade &+ 9)]
        guard recipe.kind != .autorift else { return images }
        return images.merging([
            ".README.md.txt": Content(readme),
            ".log": Content("\(recipe.requestTime.jobTime) - simulator - INFO - Processing \(stem)\n"),
            ".kmz": SmallFormats.kmz(name: stem),
            ".png.xml": Content(metadata("browse image")),
            "_rgb.png": SmallFormats.png(shade: shade &+ 3),
            "_rgb_thumb.png": SmallFormats.png(shade: shade &+ 5),
        ]) { $1 }.merging(
            rasters.keys.filter { !$0.contains("M_") }.map { ("\($0).xml", Content(metadata(String($0)))) }
        ) { $1 }
    }

    private var readme: String {
        """
        A product of the HyP3 simulator. The scene is made up; formats, names and digests are like the real ones.

        """
    }

    private func metadata(_ what: String) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata><title>\(stem) \(what)</title></metadata>\n"
    }

    private func content(_ kind: RasterKind, _ suffix: String) -> Content {
        let payload = payloads.payload(kind, size: recipe.rasterSize, scene: recipe.scene)
        // Somewhere in the Terai, on a grid of 30 m.
        let place = GeoTIFF.Georeference(
            epsg: 32_645,
            easting: 300_000 + Double(recipe.pick(51, below: 4_000)) * 30,
            northing: 2_930_000 + Double(recipe.pick(52, below: 3_000)) * 30,
            pixelSize: 30
        )
        return GeoTIFF.content(
            kind,
            size: recipe.rasterSize,
            payload: payload,
            at: place,
            description: stem + suffix
        )
    }

    private func members(_ zip: Zip) -> [(suffix: String, kind: RasterKind)] {
        switch zip {
        case .zip where recipe.kind == .insar: [("_unw_phase.tif", .unwrappedPhase), ("_corr.tif", .coherence)]
        case .zip: [("_VV.tif", .vv), ("_VH.tif", .vh)]
        case .floodZip:
            [("_FM_iterative_FloodMask.tif", .floodMask), ("_FM_iterative_PW.tif", .permanentWater)]
        case .waterZip: [("_WM.tif", .waterMap)]
        }
    }

    private func zipSize(_ zip: Zip) -> Int {
        let size = recipe.rasterSize
        let stored = members(zip).map { member in
            (
                name: memberName(member.suffix),
                size: GeoTIFF.headerSize(member.kind, size: size)
                    + (RasterPayload.rawSize(member.kind, size: size) ?? 0)
            )
        }
        return ZipArchive.size(of: stored + [(name: memberName(".README.md.txt"), size: Self.readmeSize)])
    }

    private func zip(_ zip: Zip) -> Content {
        var archive = ZipArchive()
        for member in members(zip) {
            archive.store(memberName(member.suffix), content(member.kind, member.suffix))
        }
        archive.deflate(memberName(".README.md.txt"), Array(readme.utf8))
        return archive.finished()
    }

    private static let readmeSize: Int = {
        let recipe = JobRecipe(
            seed: 0,
            index: 0,
            kind: .rtc,
            status: .succeeded,
            requestTime: CalendarTime(seconds: 0),
            name: nil,
            user: "",
            rasterSize: 16
        )
        return zlibCompressed(Array(ProductSet(recipe: recipe, payloads: RasterPayloads()).readme.utf8)).count - 6
    }()

    private func memberName(_ suffix: String) -> String { "\(stem)/\(stem)\(suffix)" }
}
