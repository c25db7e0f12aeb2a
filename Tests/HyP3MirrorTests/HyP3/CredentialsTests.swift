import FoundationEssentials
import HyP3Mirror
import SystemPackage
import TestSupport
import Testing

@Suite struct `Credentials found` {
    private static let host = "urs.earthdata.nasa.gov"

    private static func find(_ environment: [String: String], netrc: String? = nil) throws(LoginError) -> Credentials {
        try Credentials.find(environment: environment, netrcFile: netrc, loginHost: Self.host, now: TestPace.now)
    }

    private static func pair(_ credentials: Credentials) -> String {
        switch credentials.kind {
        case .token(let token): "token \(token.reveal())"
        case .password(let user, let password): "\(user) \(password.reveal())"
        }
    }

    @Test func `come in the order of the contract`() async throws {
        try await withTemporaryDirectory { directory async throws in
            try Self.write("machine \(Self.host) login flag password f", to: "\(directory)/flag")
            try Self.write("machine \(Self.host) login variable password v", to: "\(directory)/variable")
            try Self.write("machine \(Self.host) login home password h", to: "\(directory)/.netrc")
            var environment = [
                "EARTHDATA_TOKEN": "t", "EARTHDATA_USERNAME": "e", "EARTHDATA_PASSWORD": "ep", "EDL_USERNAME": "d",
                "EDL_PASSWORD": "dp", "NETRC": "\(directory)/variable", "HOME": directory,
            ]
            var found = [Self.pair(try Self.find(environment, netrc: "\(directory)/flag"))]
            for key in ["EARTHDATA_TOKEN", "EARTHDATA_PASSWORD", "EDL_USERNAME"] {
                environment[key] = key == "EARTHDATA_TOKEN" ? "" : nil
                found.append(Self.pair(try Self.find(environment, netrc: "\(directory)/flag")))
            }
            found.append(Self.pair(try Self.find(environment)))
            environment["NETRC"] = nil
            let last = try Self.find(environment)
            found.append(Self.pair(last))
            #expect(found == ["token t", "e ep", "d dp", "flag f", "variable v", "home h"])
            #expect(last.source == "\(directory)/.netrc")
            #expect(last.warnings.count == 2, "half pairs are told")
        }
    }

    @Test func `come from files that variables name, and from systemd's`() async throws {
        try await withTemporaryDirectory { directory async throws in
            let paths = ["token", "password", "earthdata_token", "earthdata_netrc"].map { "\(directory)/\($0)" }
            try Self.write("of-file\n", to: paths[0])
            try Self.write("with blank \r\n", to: paths[1])
            let token = try Self.find(["EARTHDATA_TOKEN_FILE": paths[0], "EARTHDATA_USERNAME": "e"])
            #expect(Self.pair(token) == "token of-file")
            #expect(token.source == paths[0])
            let user = ["EARTHDATA_USERNAME": "e", "EARTHDATA_PASSWORD_FILE": paths[1], "HOME": directory]
            #expect(Self.pair(try Self.find(user)) == "e with blank ")
            try Self.write("machine \(Self.host) login s password n", to: paths[3])
            let service = ["CREDENTIALS_DIRECTORY": directory, "HOME": directory]
            #expect(Self.pair(try Self.find(service)) == "s n")
            try Self.write("of-systemd", to: paths[2])
            #expect(Self.pair(try Self.find(service)) == "token of-systemd")
        }
    }

    @Test func `a file that a variable names must be there and hold something`() async throws {
        try await withTemporaryDirectory { directory async throws in
            let missing = #expect(throws: LoginError.self) {
                try Self.find(["EARTHDATA_TOKEN_FILE": "\(directory)/none", "HOME": directory])
            }
            #expect(missing?.message.hasPrefix("\(directory)/none cannot be read") == true)
            try Self.write("\n", to: "\(directory)/empty")
            let empty = #expect(throws: LoginError.self) {
                try Self.find(["EARTHDATA_TOKEN_FILE": "\(directory)/empty", "HOME": directory])
            }
            #expect(empty?.message == "\(directory)/empty, which EARTHDATA_TOKEN_FILE names, is empty")
        }
    }

    @Test func `a netrc file that others can read brings a warning`() async throws {
        try await withTemporaryDirectory { directory async throws in
            let path = "\(directory)/netrc"
            try Self.write("machine \(Self.host) login a password b", to: path)
            #expect(try Self.find([:], netrc: path).warnings.isEmpty)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let warnings = try Self.find([:], netrc: path).warnings
            #expect(warnings == ["others can read the secret in \(path); run: chmod 600 \(path)"])
        }
    }

    @Test func `a named netrc file must be readable and have the entry`() async throws {
        try await withTemporaryDirectory { directory async throws in
            let path = "\(directory)/netrc"
            func failure(_ environment: [String: String] = [:], netrc: String?) throws -> LoginError {
                try #require(throws: LoginError.self) { try Self.find(environment, netrc: netrc) }
            }
            #expect(try failure(netrc: path).code == .unusableCredentials)
            #expect(try failure(["NETRC": path], netrc: nil).code == .unusableCredentials)
            try Self.write("machine other.example login a password b", to: path)
            #expect(try failure(netrc: path).message.contains("no entry for machine \(Self.host)"))
            #expect(try failure(["NETRC": path], netrc: nil).code == .noCredentials)
            try Self.write("machine \(Self.host) login a", to: path)
            #expect(try failure(netrc: path).message.contains("must have a login and a password"))
            let none = try failure(["HOME": directory, "EDL_USERNAME": "x"], netrc: nil)
            #expect(none.code == .noCredentials)
            #expect(none.message.contains("EARTHDATA_TOKEN") && none.message.contains("EDL_PASSWORD"))
            #expect(!none.isServiceFault)
        }
    }

    @Test func `a token is told a week before its end, and left to HyP3 after it`() throws {
        func warnings(_ seconds: Int) throws -> [String] {
            try Self.find(["EARTHDATA_TOKEN": webToken(expiringAfter: seconds) + "\n"]).warnings
        }
        #expect(try warnings(8 * 86400).isEmpty)
        #expect(try warnings(6 * 86400).first?.contains("expires at 2024-08-07T08:13:20Z") == true)
        // Only HyP3 can say whether it is over: this machine's clock may be wrong.
        let ended = try Self.find(["EARTHDATA_TOKEN": webToken(expiringAfter: -1)])
        #expect(ended.warnings.isEmpty && ended.tokenEnd.map { CivilTime($0).text } == "2024-08-01T08:13:19Z")
    }

    @Test(arguments: ["two words", "a\u{1}b", "té", "  "])
    func `what cannot be a token is refused`(_ text: String) {
        #expect(throws: LoginError.self) { try Self.find(["EARTHDATA_TOKEN": text]) }
    }

    @Test func `what Basic authentication cannot say is refused`() {
        #expect(throws: LoginError.self) { try Self.find(["EDL_USERNAME": "a:b", "EDL_PASSWORD": "c"]) }
        #expect(throws: LoginError.self) { try Self.find(["EDL_USERNAME": "a", "EDL_PASSWORD": "c\r\nX: y"]) }
    }

    @Test func `a secret prints as nothing`() {
        let credentials = Credentials(.password(user: "me", Secret("hunter2")), source: "x")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!"\(credentials) \(String(reflecting: credentials)) \(dumped)".contains("hunter2"))
    }

    @Test(arguments: [
        ("machine a login u password p", "u p"), ("machine b login x password y machine a login u password p", "u p"),
        ("machine A\n\tlogin u\n\tpassword p\n", "u p"),
        ("default login d password e machine a login u password p", "u p"),
        ("machine b login x password y\ndefault login d password e", "d e"),
        ("# machine a login no password no\nmachine a login u # who\n password p", "u p"),
        (#"machine a login "u v" password "p\"\\q""#, #"u v p"\q"#), ("machine a login u password #p", "u #p"),
        ("machine a account x login u password p", "u p"),
        ("macdef init\nmachine a login no password no\n\nmachine a login u password p", "u p"),
        ("machine a login u password p machine a login v password q", "v q"), ("machine a password p login u", "u p"),
        ("\u{FEFF}machine a login u password p", "u p"), ("machine a user u password p", "u p"),
        ("default user d password e\ndefault user f password g", "f g"),
    ])
    func `netrc is read as ftp, curl and Python do`(_ text: String, _ pair: String) throws {
        let entry = try #require(try Netrc(text).entry(for: "a"))
        #expect("\(entry.login ?? "") \(entry.password?.reveal() ?? "")" == pair)
    }

    @Test(arguments: ["", "machine", "machine b login x password y", "login u password p", "machine a.example login u"])
    func `netrc without the machine has no entry`(_ text: String) throws {
        #expect(try Netrc(text).entry(for: "a") == nil)
    }

    @Test(arguments: [
        ("machine a login \"u password p", 1), ("machine b login x\n password \"p\nmachine a login u password p", 2),
        ("\n\nmachine \"a login", 3),
    ])
    func `a quote that is not closed is told with its line`(_ text: String, _ line: Int) async throws {
        try await withTemporaryDirectory { directory async throws in
            try Self.write(text, to: "\(directory)/netrc")
            let error = try #require(throws: LoginError.self) { try Self.find([:], netrc: "\(directory)/netrc") }
            #expect(error.code == .unusableCredentials && error.message.contains("line \(line)"), "\(error)")
            #expect(error.message.hasPrefix("\(directory)/netrc has a quote"))
        }
    }

    @Test func `another entry may be in another encoding, the one that is used may not`() async throws {
        try await withTemporaryDirectory { directory async throws in
            let path = "\(directory)/netrc"
            let others = Array("machine b login Andr".utf8) + [0xE9] + Array(" password x\n".utf8)
            try Self.write(others + Array("machine \(Self.host) login u password p".utf8), to: path)
            #expect(Self.pair(try Self.find([:], netrc: path)) == "u p")
            try Self.write(Array("machine \(Self.host) login u password ".utf8) + [0xE9], to: path)
            #expect(throws: LoginError.self) { try Self.find([:], netrc: path) }
        }
    }

    @Test func `of two entries for one machine the last is used, and that is told`() async throws {
        try await withTemporaryDirectory { directory async throws in
            let path = "\(directory)/netrc"
            try Self.write("machine \(Self.host) login a password b\nmachine \(Self.host) login c password d", to: path)
            let found = try Self.find([:], netrc: path)
            #expect(Self.pair(found) == "c d")
            #expect(found.warnings.count == 1 && found.warnings[0].contains("2 entries"), "\(found.warnings)")
        }
    }

    @Test func `without HOME the home of the user counts`() async throws {
        try await withTemporaryDirectory { directory async throws in
            try Self.write("machine \(Self.host) login u password p", to: "\(directory)/.netrc")
            for environment in [[:], ["HOME": ""]] {
                let found = try Credentials.find(
                    environment: environment,
                    netrcFile: nil,
                    loginHost: Self.host,
                    homeDirectory: directory,
                    now: TestPace.now
                )
                #expect(Self.pair(found) == "u p")
            }
            #expect(Credentials.homeOfUser?.hasPrefix("/") == true)
        }
    }

    private static func write(_ text: String, to path: String) throws { try self.write(Array(text.utf8), to: path) }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .truncate],
            permissions: [.ownerReadWrite]
        )
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }
}
