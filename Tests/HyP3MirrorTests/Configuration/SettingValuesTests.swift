import FoundationEssentials
import HyP3Mirror
import Testing

@Suite struct `Values of settings` {
    private static let file = #"""
        {"project_name": "p", "host": "https://h.example", "transfer_spec": {"extensions": [".zip"]},
         "archive": {"directory": "a", "connections": 3, "limit_rate": "1M", "report": "r.json"}}
        """#

    @Test func `flags beat environment beats configuration beats default`() throws {
        let environment = try SettingValues.environment(
            ["HYP3_MIRROR_CONNECTIONS": "4", "HYP3_MIRROR_LIMIT_RATE": "2M", "HYP3_MIRROR_SHARD": ""],
            directory: "/e"
        )
        let flags = SettingValues.commandLine(["connections": ["5"]], directory: "/f")
        let file = try `Configuration file`.file(Self.file)
        let settings = try `Configuration file`.settings(file, flags: flags, environment: environment.values)
        #expect(settings.connections == .fixed(5))
        #expect(settings.rate.bytesPerSecond(atSecondOfDay: 0) == 2_000_000)
        #expect(settings.reportFile == "/somewhere/r.json")
        #expect(settings.shard == nil)
        #expect(settings.progress == .auto)
        #expect(settings.fullEvery == .seconds(7 * 86400))
        #expect(try `Configuration file`.settings(file).connections == .fixed(3))
    }

    @Test(
        arguments: [
            ([:], [], 3), (["HYP3_MIRROR_FULL_EVERY": "36h"], [], 1.5),
            (["HYP3_MIRROR_FULL_EVERY": "36h"], ["12h"], 0.5),
        ] as [([String: String], [String], Double)]
    )
    func `how often everything is listed is set like any other option`(
        environment: [String: String],
        flag: [String],
        days: Double
    ) throws {
        let text = Self.file.replacing("\"connections\": 3", with: "\"incremental\": true, \"full_every\": \"3d\"")
        let settings = try `Configuration file`.settings(
            `Configuration file`.file(text),
            flags: .commandLine(flag.isEmpty ? [:] : ["full-every": flag], directory: "/"),
            environment: SettingValues.environment(environment, directory: "/").values
        )
        #expect(settings.isIncremental && settings.fullEvery == .seconds(Int(days * 86400)))
    }

    @Test func `an error names the source of the value`() throws {
        func message(flags: [String: [String]] = [:], environment: [String: String] = [:]) throws -> String {
            let error = try #require(throws: ConfigurationError.self) {
                let environment = try SettingValues.environment(environment, directory: "/").values
                _ = try `Configuration file`.settings(
                    `Configuration file`.file(Self.file),
                    flags: .commandLine(flags, directory: "/"),
                    environment: environment
                )
            }
            #expect(error.isUsageError == !flags.isEmpty)
            return error.description
        }
        #expect(try message(flags: ["connections": ["257"]]).hasPrefix("--connections \"257\": must be auto"))
        #expect(
            try message(environment: ["HYP3_MIRROR_CONNECTIONS": "x"]).hasPrefix("HYP3_MIRROR_CONNECTIONS \"x\": must")
        )
        #expect(try message(environment: ["HYP3_MIRROR_QUIET": "maybe"]).contains("true or false"))
        #expect(try message(flags: ["max-runtime": ["90"]]).contains("90m"))
        #expect(try message(flags: ["full-every": ["7"]]).contains("3d"))
        #expect(try message(flags: ["full-every": ["0d"]]).contains("7d"))
        #expect(try message(flags: ["min-free": ["much"]]).contains("10G"))
        #expect(try message(flags: ["progress": ["sometimes"]]).contains("auto, always, never"))
        #expect(try message(flags: ["log-level": ["loud"]]).contains("warning"))
        #expect(try message(flags: ["shard": ["0/4"]]).contains("K/N"))
        #expect(try message(flags: ["login-url": ["http://urs.example/x"]]).contains("https://"))
    }

    @Test func `suffixes in a variable are separated by spaces or commas, unknown variables are told`() throws {
        let (values, unknown) = try SettingValues.environment(
            ["HYP3_MIRROR_SUFFIX": "_VV.tif, .zip", "HYP3_MIRROR_CONECTIONS": "4", "HOME": "/"],
            directory: "/"
        )
        #expect(values["suffix"]?.texts == ["_VV.tif", ".zip"])
        #expect(unknown == ["HYP3_MIRROR_CONECTIONS"])
    }

    @Test func `http is allowed to this machine only`() throws {
        for host in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80", "http://127.8.9.1"] {
            let flags = SettingValues.commandLine(["host": [host]], directory: "/")
            #expect(
                try `Configuration file`.settings(`Configuration file`.file(Self.file), flags: flags).host.isLoopback
            )
        }
        for host in ["http://127.0.0.1.example", "http://localhost.example", "http://127.0.0.256", "http://10.0.0.1"] {
            #expect(throws: ConfigurationError.self) {
                let flags = SettingValues.commandLine(["host": [host]], directory: "/")
                _ = try `Configuration file`.settings(`Configuration file`.file(Self.file), flags: flags)
            }
        }
    }
}
