import FoundationEssentials
import HyP3Mirror
import SystemPackage
import TestSupport
import Testing

@Suite struct `Configuration file` {
    static let asf = """
        {
            "project_name": "HKHwatermaps",
            "host": "https://hyp3-watermap.asf.alaska.edu",
            "search_parameters": {"platform": "S1", "start": null},
            "job_spec": {"job_type": "WATER_MAP", "job_parameters": {"resolution": 30}},
            "transfer_spec": {
                "target_bucket": "hyp3-hkh",
                "target_prefix": "image-services/HKHwatermaps",
                "start_date": "2023-04-01",
                "extensions": ["_VV.tif", "_WM.tif", "_FM_{flood_depth_estimator}_WaterDepth.tif", ".zip"]
            }
        }
        """

    @Test func `ASF's own file works as it is`() throws {
        let file = try Self.file(Self.asf)
        let flags = SettingValues.commandLine(["archive": ["store"]], directory: "/home/me")
        let settings = try Self.settings(file, flags: flags)
        #expect(settings.name == "HKHwatermaps")
        #expect(settings.host.description == "https://hyp3-watermap.asf.alaska.edu")
        #expect(settings.projectDirectory == "/home/me/store/image-services/HKHwatermaps")
        #expect(settings.suffixes.map(\.text).count == 4)
        #expect(settings.templateParameters == ["flood_depth_estimator"])
        #expect(settings.requested.start.map { CivilTime($0).text } == "2023-04-01T00:00:00Z")
        #expect(settings.requested.end == nil)
        #expect(settings.connections == .auto)
        #expect(settings.layout == .flat)
        #expect(settings.loginURL.origin.host == "urs.earthdata.nasa.gov")
    }

    @Test func `comments, trailing commas and a byte order mark are accepted`() async throws {
        let text = """
            // our archive
            {
                "project_name": "p", /* any */
                "host": "https://h.example",
                "transfer_spec": {"extensions": [".zip",],},
                "archive": {"directory": "../store", "connections": 12, "quiet": true},
            }
            """
        try await withTemporaryDirectory { directory async throws in
            let path = directory + "/c.json"
            try Self.write([0xEF, 0xBB, 0xBF] + Array(text.utf8), to: path)
            let settings = try Self.settings(ConfigurationFile(path: path, workingDirectory: "/nowhere"))
            #expect(settings.archiveDirectory == directory + "/../store")
            #expect(settings.connections == .fixed(12))
            #expect(settings.isQuiet)
        }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let what: String
        let json: String
        /// What the error must hold.
        let parts: [String]
        var testDescription: String { self.what }
    }

    static func document(_ change: String, archive: String = #""directory": "a""#) -> String {
        // A later key of JSON beats an earlier one of the same name nowhere; the change replaces whole lines.
        var lines = [
            "project_name": #""p""#, "host": #""https://h.example""#,
            "transfer_spec": #"{"extensions": ["_VV.tif"]}"#,
        ]
        for line in change.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].trimmingWhitespace()
            let value = line[line.index(after: colon)...].trimmingWhitespace()
            lines[key] = value.isEmpty ? nil : value
        }
        let body = lines.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        return "{" + (body + ["\"archive\": {\(archive)}"]).joined(separator: ",\n") + "}"
    }

    static func transfer(_ key: String) -> String {
        #"{"project_name": "p", "host": "https://h", "transfer_spec": {"\#(key)": "x"}}"#
    }

    static func slip(_ key: String, _ meant: String) -> [String] {
        ["c.json", "transfer_spec.\(key):", "did you mean \"\(meant)\"?"]
    }

    static let bad: [Bad] = [
        Bad(what: "not JSON", json: "project_name = p", parts: ["c.json", "must be JSON"]),
        Bad(what: "cut JSON", json: #"{"project_name": "p""#, parts: ["c.json", "must be JSON"]),
        Bad(what: "empty", json: " \n", parts: ["c.json", "is empty"]),
        Bad(what: "a list", json: "[1]", parts: ["c.json", "must be a JSON object", "a list"]),
        Bad(
            what: "unknown key in archive",
            json: document("", archive: #""directory": "a", "conections": 4"#),
            parts: ["c.json", "archive.conections", "did you mean \"connections\"?"]
        ),
        Bad(
            what: "unknown key in archive, swapped",
            json: document("", archive: #""dierctory": "a""#),
            parts: ["archive.dierctory", "\"directory\""]
        ),
        Bad(
            what: "key of the transfer misspelt",
            json: transfer("start_dates"),
            parts: slip("start_dates", "start_date")
        ),
        Bad(what: "another one", json: transfer("target_prefx"), parts: slip("target_prefx", "target_prefix")),
        Bad(what: "written another way", json: transfer("startDate"), parts: slip("startDate", "start_date")),
        Bad(what: "one of several", json: transfer("extension"), parts: slip("extension", "extensions")),
        Bad(what: "archive misspelt", json: #"{"archiv": {}}"#, parts: ["archiv:", "did you mean \"archive\"?"]),
        Bad(what: "name misspelt", json: #"{"project_nam": "a"}"#, parts: ["project_nam:", "\"project_name\""]),
        Bad(what: "two letters off", json: #"{"projekt_nam": "a"}"#, parts: ["projekt_nam:", "\"project_name\""]),
        Bad(what: "host misspelt", json: #"{"hosts": "https://h"}"#, parts: ["hosts:", "\"host\""]),
        Bad(what: "upper case", json: #"{"Host": "https://h"}"#, parts: ["Host:", "\"host\""]),
        Bad(what: "at the top", json: #"{"start_date": "2024-01-01"}"#, parts: ["transfer_spec.start_date"]),
        Bad(what: "of an option, at the top", json: #"{"min_free": "9G"}"#, parts: ["min_free:", "archive.min_free?"]),
        Bad(what: "of an option, in the transfer", json: transfer("job_type"), parts: ["archive.job_type?"]),
        Bad(what: "of the archive, at the top", json: #"{"directory": "/a"}"#, parts: ["archive.directory"]),
        Bad(
            what: "name of wrong type",
            json: document("project_name: 5"),
            parts: ["project_name", "5", "must be text"]
        ),
        Bad(
            what: "flag of wrong type",
            json: document("", archive: #""directory": "a", "incremental": "yes""#),
            parts: ["archive.incremental", "\"yes\"", "true or false"]
        ),
        Bad(
            what: "quantity of wrong type",
            json: document("", archive: #""directory": "a", "connections": [4]"#),
            parts: ["archive.connections", "whole number", "a list"]
        ),
        Bad(
            what: "transfer_spec of wrong type",
            json: document("transfer_spec: 4"),
            parts: ["transfer_spec", "object"]
        ),
        Bad(
            what: "extensions as text",
            json: document(#"transfer_spec: {"extensions": ".zip"}"#),
            parts: ["transfer_spec.extensions", "must be a list"]
        ),
        Bad(
            what: "extension of wrong type",
            json: document(#"transfer_spec: {"extensions": [".zip", 7]}"#),
            parts: ["transfer_spec.extensions[1]", "7", "must be text"]
        ),
        Bad(what: "no names", json: document("project_name: []"), parts: ["c.json", "project_name", "at least"]),
        Bad(what: "empty name", json: document("project_name: \"\""), parts: ["project_name", "1 to 100 characters"]),
        Bad(
            what: "name of 101 characters",
            json: document("project_name: \"\(String(repeating: "x", count: 101))\""),
            parts: ["project_name", "1 to 100 characters"]
        ),
        Bad(what: "missing host", json: document("host:"), parts: ["c.json", "host", "--host"]),
        Bad(what: "bad URL", json: document(#"host: "hyp3.example""#), parts: ["host", "hyp3.example", "https://"]),
        Bad(what: "ftp", json: document(#"host: "ftp://h.example""#), parts: ["host", "https://"]),
        Bad(what: "bad port", json: document(#"host: "https://h.example:99999""#), parts: ["host", "port"]),
        Bad(what: "host with a path", json: document(#"host: "https://h.example/ui""#), parts: ["the host alone"]),
        Bad(
            what: "http to another machine",
            json: document(#"host: "http://h.example""#),
            parts: ["host", "https://", "this machine only"]
        ),
        Bad(
            what: "password in the URL",
            json: document(#"host: "https://me:hunter2@h.example""#),
            parts: ["host", "must not hold a user"]
        ),
        Bad(
            what: "empty suffix list",
            json: document(#"transfer_spec: {"extensions": []}"#),
            parts: ["transfer_spec.extensions", "at least one suffix"]
        ),
        Bad(
            what: "no suffix list",
            json: document("transfer_spec: {}"),
            parts: ["transfer_spec.extensions", "at least one suffix"]
        ),
        Bad(
            what: "suffix with a slash",
            json: document(#"transfer_spec: {"extensions": ["../x.tif"]}"#),
            parts: ["transfer_spec.extensions", "../x.tif", "without slashes"]
        ),
        Bad(
            what: "empty suffix",
            json: document(#"transfer_spec: {"extensions": [""]}"#),
            parts: ["transfer_spec.extensions", "must not be empty"]
        ),
        Bad(
            what: "suffix twice",
            json: document(#"transfer_spec: {"extensions": [".zip", ".zip"]}"#),
            parts: ["transfer_spec.extensions", ".zip", "once"]
        ),
        Bad(
            what: "unbalanced brace",
            json: document(#"transfer_spec: {"extensions": ["_{x.tif"]}"#),
            parts: ["closing brace"]
        ),
        Bad(
            what: "prefix that leaves the archive",
            json: document(#"transfer_spec: {"extensions": [".zip"], "target_prefix": "a/../../b"}"#),
            parts: ["transfer_spec.target_prefix", "below the archive"]
        ),
        Bad(
            what: "absolute prefix",
            json: document(#"transfer_spec: {"extensions": [".zip"], "target_prefix": "/data"}"#),
            parts: ["transfer_spec.target_prefix", "below the archive"]
        ),
        Bad(
            what: "name that cannot be a directory",
            json: document(#"project_name: "../p""#),
            parts: ["transfer_spec.target_prefix", "must be given"]
        ),
        Bad(
            what: "layout that leaves the archive",
            json: document("", archive: #""directory": "a", "layout": "../{filename}""#),
            parts: ["archive.layout", "inside the archive"]
        ),
        Bad(
            what: "layout without file name",
            json: document("", archive: #""directory": "a", "layout": "{year}""#),
            parts: ["archive.layout", "{filename}"]
        ),
        Bad(
            what: "unknown placeholder",
            json: document("", archive: #""directory": "a", "layout": "{yaer}/{filename}""#),
            parts: ["archive.layout", "{yaer}", "did you mean {year}?"]
        ),
        Bad(what: "no archive", json: document("", archive: ""), parts: ["archive.directory", "--archive DIR"]),
        Bad(what: "home directory", json: document("", archive: #""directory": "~/a""#), parts: ["in full"]),
        Bad(
            what: "connections",
            json: document("", archive: #""directory": "a", "connections": 0"#),
            parts: ["archive.connections", "\"0\"", "1 to 256"]
        ),
        Bad(
            what: "fractional connections",
            json: document("", archive: #""directory": "a", "connections": 1.5"#),
            parts: ["archive.connections", "whole number"]
        ),
        Bad(
            what: "end before start",
            json: document("", archive: #""directory": "a", "start": "2024-05-02", "end": "2024-05-01""#),
            parts: ["archive.end", "2024-05-01", "archive.start", "2024-05-02"]
        ),
        Bad(
            what: "month 13",
            json: document("", archive: #""directory": "a", "start": "2024-13-01""#),
            parts: ["archive.start", "2024-13-01", "not a day that exists"]
        ),
    ]

    @Test(arguments: bad) func `what cannot be used is said`(_ bad: Bad) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.settings(Self.file(bad.json)) }
        for part in bad.parts {
            #expect(error.description.contains(part), "\(error)")
        }
        #expect(!error.isUsageError)
        #expect(!error.description.contains("hunter2"))
        #expect(!error.description.contains("\n"))
    }

    @Test(arguments: [
        ("project_name = p", "line 1, column 1"), ("{\"a\": 1", "line 1, column 8"),
        ("{\n  \"a\": 1,\n  \"é\" 2\n}", "line 3, column 7"),
        ("// note: {\n{\"a\": [1, 2,], /* , */ \"b\": \"// no\", \"c\": oops}", "line 2, column 43"),
        ("{\"a\": 1,\n\"b\": \"open\n}", "line 2, column 11"), ("{\"a\": 1} x", "line 1, column 10"),
        ("{\"a\": 1 /* open", "line 1, column 16"),
    ])
    func `a fault of the JSON is shown where it is`(_ text: String, _ place: String) throws {
        let error = try #require(throws: InvalidValue.self) { try JSONValue(json5: text) }
        #expect(error.advice.hasSuffix("and is not at \(place)"), "\(error.advice)")
    }

    @Test func `a directory, a missing file, other encodings and unreadable files are told apart`() async throws {
        try await withTemporaryDirectory { directory async throws in
            func failure(_ name: String, _ bytes: [UInt8]?) throws -> String {
                let path = directory + name
                if let bytes { try Self.write(bytes, to: path) }
                let error = try #require(throws: ConfigurationError.self) {
                    try ConfigurationFile(path: path, workingDirectory: "/")
                }
                #expect(error.description.contains(path))
                return error.description
            }
            #expect(try failure("", nil).contains("is a directory"))
            #expect(try failure("/missing.json", nil).contains("no such file"))
            #expect(try failure("/latin1.json", Array("{\"project_name\": \"".utf8) + [0xE9]).contains("must be UTF-8"))
            #expect(try failure("/utf16.json", [0xFF, 0xFE, 0x7B, 0x00]).contains("UTF-16"))
            #expect(try failure("/empty.json", []).contains("is empty"))
            #expect(try failure("/latin1.json/x", nil).contains("cannot be read"))
        }
    }

    static func file(_ text: String) throws(ConfigurationError) -> ConfigurationFile {
        try ConfigurationFile(text: text, path: "c.json", workingDirectory: "/somewhere")
    }

    static func settings(
        _ file: ConfigurationFile,
        flags: SettingValues = SettingValues(),
        environment: SettingValues = SettingValues()
    ) throws(ConfigurationError) -> ProjectSettings {
        try ProjectSettings(
            file: file,
            flags: flags,
            environment: environment,
            now: Date(timeIntervalSince1970: 1_722_500_000)
        )
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .truncate],
            permissions: [.ownerReadWrite]
        )
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }
}

extension Substring {
    func trimmingWhitespace() -> String {
        String(self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
