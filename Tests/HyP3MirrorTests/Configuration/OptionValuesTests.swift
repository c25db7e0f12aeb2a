import FoundationEssentials
import HyP3Mirror
import Testing

@Suite struct `Options` {
    private static let file = #"""
        {"project_name": "p", "host": "https://h.example", "transfer_spec": {"extensions": [".zip"]},
         "archive": {"directory": "a", "connections": 3, "limit_rate": "1M", "report": "r.json"}}
        """#

    @Test func `flags beat environment beats configuration beats default`() throws {
        let environment = try OptionValues.environment(
            ["HYP3_MIRROR_CONNECTIONS": "4", "HYP3_MIRROR_LIMIT_RATE": "2M", "HYP3_MIRROR_SHARD": ""],
            directory: "/e"
        )
        let flags = OptionValues.commandLine([.connections: ["5"]], directory: "/f")
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
            flags: .commandLine(flag.isEmpty ? [:] : [.fullEvery: flag], directory: "/"),
            environment: OptionValues.environment(environment, directory: "/").values
        )
        #expect(settings.isIncremental && settings.fullEvery == .seconds(Int(days * 86400)))
    }

    @Test func `an error names the source of the value`() throws {
        func message(flags: [OptionName: [String]] = [:], environment: [String: String] = [:]) throws -> String {
            let error = try #require(throws: ConfigurationError.self) {
                let environment = try OptionValues.environment(environment, directory: "/").values
                _ = try `Configuration file`.settings(
                    `Configuration file`.file(Self.file),
                    flags: .commandLine(flags, directory: "/"),
                    environment: environment
                )
            }
            #expect(error.isUsageError == !flags.isEmpty)
            return error.description
        }
        #expect(try message(flags: [.connections: ["257"]]).hasPrefix("--connections \"257\": must be auto"))
        #expect(
            try message(environment: ["HYP3_MIRROR_CONNECTIONS": "x"]).hasPrefix("HYP3_MIRROR_CONNECTIONS \"x\": must")
        )
        #expect(try message(environment: ["HYP3_MIRROR_QUIET": "maybe"]).contains("true or false"))
        #expect(try message(flags: [.maxRuntime: ["90"]]).contains("90m"))
        #expect(try message(flags: [.fullEvery: ["7"]]).contains("3d"))
        #expect(try message(flags: [.fullEvery: ["0d"]]).contains("7d"))
        #expect(try message(flags: [.minFree: ["much"]]).contains("10G"))
        #expect(try message(flags: [.progress: ["sometimes"]]).contains("auto, always, never"))
        #expect(try message(flags: [.logLevel: ["loud"]]).contains("warning"))
        #expect(try message(flags: [.shard: ["0/4"]]).contains("K/N"))
        #expect(try message(flags: [.loginURL: ["http://urs.example/x"]]).contains("https://"))
    }

    @Test func `an option that the command has no meaning for is refused wherever it is given`() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try `Configuration file`.settings(
                `Configuration file`.file(Self.file),
                accepting: [.archive, .name, .host, .suffix, .connections, .report]
            )
        }
        #expect(error.description == "c.json: archive.limit_rate: this command has no such option")
    }

    @Test func `every option has its flag, variable and key`() throws {
        #expect(OptionName.limitRate.flag == "--limit-rate")
        #expect(OptionName.limitRate.variable == "HYP3_MIRROR_LIMIT_RATE")
        #expect(OptionName.noStructureCheck.key == "no_structure_check")
        #expect(Set(OptionName.allCases.map(\.key)).count == OptionName.allCases.count)
    }

    @Test func `suffixes in a variable are separated by spaces or commas, unknown variables are told`() throws {
        let (values, unknown) = try OptionValues.environment(
            ["HYP3_MIRROR_SUFFIX": "_VV.tif, .zip", "HYP3_MIRROR_CONECTIONS": "4", "HOME": "/"],
            directory: "/"
        )
        #expect(values[.suffix]?.texts == ["_VV.tif", ".zip"])
        #expect(unknown == ["HYP3_MIRROR_CONECTIONS"])
    }

    @Test func `http is allowed to this machine only`() throws {
        for host in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80", "http://127.8.9.1"] {
            let flags = OptionValues.commandLine([.host: [host]], directory: "/")
            #expect(
                try `Configuration file`.settings(`Configuration file`.file(Self.file), flags: flags).host.isLoopback
            )
        }
        for host in ["http://127.0.0.1.example", "http://localhost.example", "http://127.0.0.256", "http://10.0.0.1"] {
            #expect(throws: ConfigurationError.self) {
                let flags = OptionValues.commandLine([.host: [host]], directory: "/")
                _ = try `Configuration file`.settings(`Configuration file`.file(Self.file), flags: flags)
            }
        }
    }
}
