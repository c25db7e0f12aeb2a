import FoundationEssentials
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
        StandardError.write(line + "\n", event.level)
    }

    private func text(
        _ time: String,
        _ event: LogEvent,
        _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        let details = fields.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        return "\(time) \(event.level) \(ForeignText.shown("\(event.message)"))\(details)"
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
        return (try? JSONOutput.bytes(object)).map { ForeignText.json(String(decoding: $0, as: UTF8.self)) } ?? "{}"
    }

    private static func quoted(_ text: String) -> String {
        let line = ForeignText.shown(text)
        return line.contains(" ") || line.contains("\"") || line.isEmpty
            ? "\"\(line.replacing("\"", with: "\\\""))\"" : line
    }
}
