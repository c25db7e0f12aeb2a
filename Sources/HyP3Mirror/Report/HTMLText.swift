/// Text in HTML.
enum HTMLText {
    /// Text that others wrote, for between tags and in double quotes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in ForeignText.shown(text).unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
