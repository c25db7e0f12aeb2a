import FoundationEssentials
import Glibc
import SystemPackage

/// A configuration to begin with, made from the table of settings: those that each project needs are set, and all others
/// stand in comments, each with what it is for and a value that it may have.
package struct StarterConfiguration: Sendable {
    /// Settings in their order, by the object around them; the document itself comes first.
    private static let objects: [String] = Setting.all.reduce(into: []) { objects, setting in
        if !objects.contains(setting.parent) { objects.append(setting.parent) }
    }

    private static let width = 100

    /// The file.
    package let text: String

    /// - Parameter given: values by the name of the setting; they are set, whatever the setting is.
    package init(_ given: [String: [String]] = [:]) {
        var lines = [
            "// A project of hyp3-mirror. Lines that begin with // are comments: take the // away, and the key counts.",
            "// hyp3-mirror help config tells more of every key, hyp3-mirror plan FILE what would be archived and why.",
            "{",
        ]
        for object in Self.objects {
            let depth = object.isEmpty ? 1 : 2
            if !object.isEmpty { lines += ["", "  \"\(object)\": {"] }
            for (number, setting) in Setting.all.filter({ $0.parent == object }).enumerated() {
                if number > 0 { lines.append("") }
                lines += Self.lines(setting, given[setting.name], depth: depth)
            }
            if !object.isEmpty { lines.append("  },") }
        }
        self.text = (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// - Parameters:
    ///   - given: what the command line had, by the name of the setting.
    ///   - file: where it is to be written.
    ///   - workingDirectory: what relative paths of the command line, and a relative `file`, are relative to.
    /// - Throws: `ConfigurationError` for a value that cannot be used.
    package init(
        _ given: [String: [String]],
        at file: String,
        workingDirectory: String
    ) throws(ConfigurationError) {
        let base = try ConfigurationFile(text: Self().text, path: file, workingDirectory: workingDirectory)
        let flags = SettingValues.commandLine(given, directory: workingDirectory)
        _ = try ProjectSettings(file: base, flags: flags, environment: SettingValues(), now: .now)
        // In a file, paths are relative to the file's directory.
        let isBeside = FilePath(file).removingLastComponent().isEmpty
        var values = given
        for setting in Setting.all where [.file, .directory].contains(setting.values) && !isBeside {
            values[setting.name] = values[setting.name]?.map { text in
                FilePath(text).isAbsolute ? text : FilePath(workingDirectory).appending(text).string
            }
        }
        self.init(values)
    }

    /// Writes it where nothing is yet. Blocks.
    ///
    /// - Throws: `FilesystemError`.
    package func write(to path: String) throws(FilesystemError) {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(
                path,
                .writeOnly,
                options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite]
            )
        } catch Errno.fileExists {
            let cure = "Nothing is overwritten: name another file, or move that one away."
            throw FilesystemError("write", path, .fileExists, cure: cure)
        } catch {
            throw FilesystemError("write", path, error as? Errno ?? .ioError)
        }
        do {
            _ = try descriptor.closeAfter { try descriptor.writeAll(Array(self.text.utf8)) }
        } catch {
            // Half a configuration is none; it was made here.
            _ = unlink(path)
            throw FilesystemError("write", path, error as? Errno ?? .ioError)
        }
    }

    private static func lines(_ setting: Setting, _ given: [String]?, depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        var about = setting.about
        if let text = setting.defaultText, [text] != setting.example {
            about = "\(about.dropLast()) (default: \(text))."
        }
        let comment = Self.wrapped(about, to: Self.width - indent.count - 3).map { "\(indent)// \($0)" }
        let isSet = given != nil || setting.isRequired
        let member = setting.member(given ?? setting.example)
        return comment + ["\(indent)\(isSet ? "" : "// ")\(member),"]
    }

    private static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
