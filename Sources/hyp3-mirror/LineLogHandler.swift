import FoundationEssentials
import Glibc
import HyP3Mirror
import Logging

/// Writes one line an event to standard error, as text for people or as JSON for collectors.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let format: ProjectSettings.LogFormat

    init(level: Logger.Level, format: ProjectSettings.LogFormat) {
        self.logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = self.metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Date.now.formatted(.iso8601)
        let line =
            switch self.format {
            case .text: self.text(time, event, fields)
            case .json: self.json(time, event, fields)
            }
        StandardError.write(line + "\n")
    }

    private func text(
        _ time: String,
        _ event: LogEvent,
        _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        let details = fields.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        return "\(time) \(event.level) \(Self.oneLine("\(event.message)"))\(details)"
    }

    private func json(
        _ time: String,
        _ event: LogEvent,
        _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var object = Dictionary(fields.map { ($0.key, "\($0.value)") }) { $1 }
        object["time"] = time
        object["level"] = event.level.rawValue
        object["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(object)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Names and words of a service may hold anything; they must not forge a line or drive a terminal.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 })
        )
    }

    private static func quoted(_ text: String) -> String {
        let line = self.oneLine(text)
        return line.contains(" ") || line.contains("\"") || line.isEmpty
            ? "\"\(line.replacing("\"", with: "\\\""))\"" : line
    }
}

/// Standard error, written in whole lines, with a progress line that gives way to them.
enum StandardError {
    static func write(_ text: String) {
        ProgressLine.interrupt { Self.writeAll(text) }
    }

    static func writeAll(_ text: String) {
        var bytes = ArraySlice(text.utf8)
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            // Nobody is there to be told that nobody reads.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
