import Foundation
import HyP3Mirror
import Testing

@Suite struct ForeignTextTests {
    /// What may mislead, one of each kind.
    static let misleading: [Unicode.Scalar] = [
        "\0", "\n", "\r", "\t", "\u{1B}", "\u{7F}", "\u{85}", "\u{9B}", "\u{AD}", "\u{34F}", "\u{61C}", "\u{115F}",
        "\u{180E}", "\u{200B}", "\u{200E}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{202A}", "\u{202E}", "\u{2060}",
        "\u{2063}", "\u{2066}", "\u{2069}", "\u{3164}", "\u{FEFF}", "\u{FFFA}", "\u{E0041}", "\u{E0101}",
    ]

    @Test(arguments: misleading)
    func `what may mislead is replaced, escaped or told, and nothing else`(_ scalar: Unicode.Scalar) throws {
        let text = "S1A_\(scalar)IW"
        #expect(ForeignText.shown(text) == "S1A_\u{FFFD}IW")
        let quoted = ForeignText.quoted(text)
        #expect(quoted.hasPrefix("\"S1A_\\") && quoted.hasSuffix("IW\"") && ForeignText.shown(quoted) == quoted)
        let json = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self)
        let escaped = ForeignText.json(json)
        #expect(ForeignText.shown(escaped) == escaped)
        #expect(try JSONDecoder().decode([String].self, from: Data(escaped.utf8)) == [text])
    }

    @Test(arguments: [
        "", "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D_VV.tif", "बाढी नक्सा", "क्\u{200D}ष र्\u{200C}य", "水害 한국",
        "👩\u{200D}🚀 ❤\u{FE0F}", "ÅÉÎ e\u{301}", "مرحبا",
    ])
    func `what people write in their languages stays`(_ text: String) {
        #expect(ForeignText.shown(text) == text)
        #expect(ForeignText.quoted(text) == "\"\(text)\"")
    }

    @Test func `a joiner that joins nothing is shown`() {
        #expect(ForeignText.shown("a\u{200D}b") == "a\u{FFFD}b")
        #expect(ForeignText.shown("क\u{200D}\u{200D}") == "क\u{200D}\u{FFFD}")
    }

    @Test func `quotes are escaped, a long text is cut, and a password is left out`() {
        #expect(ForeignText.quoted("a \"b\" \\ c") == #""a \"b\" \\ c""#)
        #expect(ForeignText.quoted(String(repeating: "x", count: 121)).hasSuffix("xx…\""))
        #expect(!ForeignText.quoted("https://user:secret@h/").contains("secret"))
    }
}
