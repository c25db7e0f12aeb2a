import Glibc
import HyP3Mirror

/// What is known of a terminal.
enum Terminal {
    struct Size: Hashable {
        var width: Int
        var height: Int
    }

    /// Whether `TERM` names one that can go back to a line; those that cannot get lines as a file does.
    static func isCapable(_ environment: [String: String]) -> Bool {
        !["", "dumb", "unknown"].contains(environment["TERM"] ?? "")
    }

    /// Of the window as it is now; 80×24 where the terminal does not say.
    static func size(of descriptor: Int32) -> Size {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Size(width: 80, height: 24)
        }
        return Size(width: Int(size.ws_col), height: Int(size.ws_row))
    }

    /// False for a job that was sent to the background: what it draws would stand in the way of who types.
    static func isForeground(_ descriptor: Int32) -> Bool {
        let group = tcgetpgrp(descriptor)
        return group < 0 || group == getpgrp()
    }

    /// `text` cut to less than `width` columns: a character in the last one may or may not begin a new line.
    static func fitted(_ text: String, width: Int) -> String {
        let text = ForeignText.shown(text)
        let room = max(0, width - 1)
        if Self.columns(text) <= room { return text }
        guard room > 1 else { return "" }
        var kept = ""
        var columns = 1
        for character in text {
            columns += Self.columns(character)
            if columns > room { break }
            kept.append(character)
        }
        return kept + "~"
    }

    /// At most so many columns does it take; what is not ASCII may take two.
    static func columns(_ text: String) -> Int { text.reduce(0) { $0 + Self.columns($1) } }

    private static func columns(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) }
    }
}
