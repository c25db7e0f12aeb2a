import SystemPackage

/// A project's configuration file: ASF's own form, with an `archive` object of ours.
package struct ConfigurationFile: Sendable {
    /// As given.
    package let path: String
    /// The settings it gives.
    package let values: SettingValues

    /// Reads the file at `path`.
    ///
    /// - Parameter workingDirectory: what a relative `path` is relative to, for the paths inside the file.
    /// - Throws: `ConfigurationError` naming the file, the key and what would be right.
    package init(path: String, workingDirectory: String) throws(ConfigurationError) {
        try self.init(text: try Self.text(ofFile: path), path: path, workingDirectory: workingDirectory)
    }

    /// Reads the text of a configuration; `path` is only a name here.
    package init(text: String, path: String, workingDirectory: String) throws(ConfigurationError) {
        self.path = path
        guard !text.allSatisfy(\.isWhitespace) else {
            throw ConfigurationError(place: .file(path), key: "", value: nil, advice: "is empty; it must be JSON")
        }
        let document: JSONValue
        do throws(InvalidValue) {
            document = try JSONValue(json5: text)
        } catch {
            throw ConfigurationError(place: .file(path), key: "", value: nil, advice: error.advice)
        }
        guard case .object(let top) = document else {
            throw ConfigurationError(
                place: .file(path),
                key: "",
                value: nil,
                advice: "must be a JSON object, as in {\"project_name\": …}, and is \(document.kind)"
            )
        }
        let directory = Self.directory(of: path, workingDirectory: workingDirectory)
        let reader = ProjectFileReader(path: path, directory: directory)
        self.values = try reader.read(top)
    }

    private static func directory(of path: String, workingDirectory: String) -> String {
        let parent = FilePath(path).removingLastComponent()
        if parent.isAbsolute { return parent.string }
        return FilePath(workingDirectory).appending(parent.components).string
    }

    /// More than any configuration needs, and little enough to read a wrong file by mistake.
    private static let maximumSize = 4 << 20

    private static func text(ofFile path: String) throws(ConfigurationError) -> String {
        func failure(_ advice: String) -> ConfigurationError {
            ConfigurationError(place: .file(path), key: "", value: nil, advice: advice)
        }
        var bytes: [UInt8]
        do {
            bytes = try FileDescriptor.open(path, .readOnly).readAll(limit: Self.maximumSize)
        } catch Errno.isDirectory {
            throw failure("is a directory; it must be a configuration file")
        } catch Errno.noSuchFileOrDirectory {
            throw failure("there is no such file\(Self.adviceOnMissing(path))")
        } catch let errno as Errno {
            throw failure("cannot be read: \(errno)")
        } catch {
            throw failure("cannot be read: \(error)")
        }
        guard bytes.count <= Self.maximumSize else {
            throw failure("is longer than \(Self.maximumSize >> 20) MiB; it must be a configuration file")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
            throw failure("must be UTF-8\(isUTF16 ? ", and is UTF-16" : "")")
        }
        return text
    }
}

extension StarterConfiguration {
    /// The smallest that does, in one line.
    package static let shortest = """
        {"project_name": "HKHwatermaps", "host": "https://hyp3-watermap.asf.alaska.edu", \
        "transfer_spec": {"extensions": ["_VV.tif", "_WM.tif"]}, "archive": {"directory": "/srv/archive"}}
        """
}

extension ConfigurationFile {
    private static func adviceOnMissing(_ path: String) -> String {
        // `--min-free 50 GB`, read as the value 50 and a configuration GB.
        if ByteQuantity.bytes("1\(path)") != nil || (try? DurationText.duration("1\(path)")) != nil {
            return "; if it is a unit, write the number and its unit as one word, as in --min-free 50\(path)"
        }
        return "; hyp3-mirror init writes one, and the smallest that does is \(StarterConfiguration.shortest)"
    }
}

extension FileDescriptor {
    /// Reads to the end, or one byte past `limit`, and closes.
    func readAll(limit: Int) throws -> [UInt8] {
        try self.closeAfter {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while bytes.count <= limit {
                let count = try chunk.withUnsafeMutableBytes { unsafe try self.read(into: $0) }
                if count == 0 { break }
                bytes += chunk[..<count]
            }
            return bytes
        }
    }
}
