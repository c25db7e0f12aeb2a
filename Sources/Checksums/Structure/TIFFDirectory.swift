/// The tags of one image directory that say where its bytes are.
struct TIFFDirectory {
    enum Pieces: String {
        case strips = "strip"
        case tiles = "tile"
    }

    let offset: UInt64
    let isFirst: Bool
    private var tags: [Int: TIFFValues] = [:]

    init(offset: UInt64, isFirst: Bool) {
        self.offset = offset
        self.isFirst = isFirst
    }

    /// Keeps the values of the tags that matter; the first of a tag counts, as in libtiff.
    mutating func take(_ tag: Int, _ values: TIFFValues) {
        switch tag {
        case 256, 257, 273, 277, 278, 279, 284, 322, 323, 324, 325, 330:
            if values.isUnsigned, self.tags[tag] == nil { self.tags[tag] = values }
        default: break
        }
    }

    var width: TIFFValues? { self.tags[256] }
    var height: TIFFValues? { self.tags[257] }
    var samplesPerPixel: TIFFValues? { self.tags[277] }
    var rowsPerStrip: TIFFValues? { self.tags[278] }
    var planarConfiguration: TIFFValues? { self.tags[284] }
    var tileWidth: TIFFValues? { self.tags[322] }
    var tileHeight: TIFFValues? { self.tags[323] }
    /// Offsets of further directories: reduced images, masks.
    var subdirectories: TIFFValues? { self.tags[330] }

    func offsets(_ pieces: Pieces) -> TIFFValues? { self.tags[pieces == .strips ? 273 : 324] }
    func lengths(_ pieces: Pieces) -> TIFFValues? { self.tags[pieces == .strips ? 279 : 325] }

    var hasImage: Bool { self.offsets(.strips) != nil || self.offsets(.tiles) != nil }
}
