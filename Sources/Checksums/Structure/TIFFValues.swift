/// Where the values of one TIFF tag are. Known to lie inside the file once the directory has been read.
struct TIFFValues {
    let type: Int
    let count: UInt64
    let offset: UInt64
    let byteCount: UInt64

    var width: Int { Self.width(ofType: self.type) ?? 1 }

    /// Whether the values are unsigned whole numbers: BYTE, SHORT, LONG, IFD, LONG8, IFD8.
    var isUnsigned: Bool { [1, 3, 4, 13, 16, 18].contains(self.type) }

    /// Bytes of one value of a field type (TIFF 6.0 section 2, the BigTIFF extension); nil for an unknown one.
    static func width(ofType type: Int) -> Int? {
        switch type {
        case 1, 2, 6, 7: 1
        case 3, 8: 2
        case 4, 9, 11, 13: 4
        case 5, 10, 12, 16, 17, 18: 8
        default: nil
        }
    }
}
