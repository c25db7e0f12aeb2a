package import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Who asks HyP3.
package struct Credentials: Sendable {
    package enum Kind: Sendable {
        /// An Earthdata bearer token, given to HyP3 as it is.
        case token(Secret)
        /// For Earthdata Login only; HyP3 gets the cookie that the login brings.
        case password(user: String, Secret)
    }

    package let kind: Kind
    /// Where they were found: a variable or a file, for messages.
    package let source: String
    /// What the user should know about them, one sentence each.
    package let warnings: [String]
    /// When a token ends, by its own word (UTC); nil where it does not say. Whether that is over only HyP3 can say: this
    /// machine's clock may be wrong.
    package let tokenEnd: Date?

    package init(_ kind: Kind, source: String, warnings: [String] = [], tokenEnd: Date? = nil) {
        self.kind = kind
        self.source = source
        self.warnings = warnings
        self.tokenEnd = tokenEnd
    }

    /// The first found of `EARTHDATA_TOKEN`, `EARTHDATA_USERNAME` and `_PASSWORD`, `EDL_USERNAME` and `_PASSWORD`,
    /// `netrcFile`, the file that `NETRC` names, `earthdata_token` and `earthdata_netrc` in systemd's `CREDENTIALS_DIRECTORY`
    /// (systemd.exec(5)), and `~/.netrc`. In place of a token or a password its variable with `_FILE` may name a file that
    /// holds it.
    ///
    /// - Parameters:
    ///   - netrcFile: given by the user; it must have an entry.
    ///   - loginHost: the machine to look for in netrc files.
    ///   - homeDirectory: of the user, where `HOME` is not set, as under systemd.
    /// - Throws: `LoginError` `.noCredentials` or `.unusableCredentials`.
    package static func find(
        environment: [String: String],
        netrcFile: String?,
        loginHost: String,
        homeDirectory: String? = Credentials.homeOfUser,
        now: Date
    ) throws(LoginError) -> Credentials {
        var warnings: [String] = []
        if let (text, source) = try Self.secret(environment, "EARTHDATA_TOKEN") {
            return try Self.token(text, source: source, now: now)
        }
        for family in ["EARTHDATA", "EDL"] {
            let (userKey, passwordKey) = ("\(family)_USERNAME", "\(family)_PASSWORD")
            switch (Self.set(environment, userKey), try Self.secret(environment, passwordKey)) {
            case (let user?, let (password, source)?):
                warnings += Self.exposure(source)
                return try Self.password(user, Secret(password), source: "\(userKey) and \(source)", warnings)
            case (_?, nil): warnings.append("\(userKey) is set without \(passwordKey) and not used")
            case (nil, _?): warnings.append("\(passwordKey) is set without \(userKey) and not used")
            case (nil, nil): break
            }
        }
        var files: [(path: String, isExplicit: Bool)] = []
        if let netrcFile { files.append((netrcFile, true)) }
        if let path = Self.set(environment, "NETRC") { files.append((path, true)) }
        if let directory = Self.set(environment, "CREDENTIALS_DIRECTORY") {
            let token = "\(directory)/earthdata_token"
            if let text = try Self.text(of: token, isExplicit: false) {
                return try Self.token(text, source: token, now: now)
            }
            files.append(("\(directory)/earthdata_netrc", false))
        }
        if let home = Self.set(environment, "HOME") ?? homeDirectory { files.append(("\(home)/.netrc", false)) }
        for (path, isExplicit) in files {
            let found = try Self.fromNetrc(path, isExplicit: isExplicit, loginHost: loginHost, warnings: &warnings)
            if let found { return found }
            if path == netrcFile {
                throw LoginError(
                    code: .unusableCredentials,
                    message: "\(path) has no entry for machine \(loginHost); "
                        + "add: machine \(loginHost) login NAME password PASSWORD"
                )
            }
        }
        let read = files.map(\.path).joined(separator: " and ")
        throw LoginError(
            code: .noCredentials,
            message: "no Earthdata Login credentials: set EARTHDATA_TOKEN, or EARTHDATA_USERNAME and "
                + "EARTHDATA_PASSWORD, or give \(read.isEmpty ? "a netrc file" : read) an entry for machine \(loginHost)"
                + (warnings.isEmpty ? "" : " (\(warnings.joined(separator: "; ")))")
        )
    }

    /// The home directory that the system has for the user who runs this; nil where it knows none.
    package static var homeOfUser: String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let directory = unsafe entry.pw_dir
        else { return nil }
        let path = unsafe String(cString: directory)
        return path.isEmpty ? nil : path
    }

    private static func set(_ environment: [String: String], _ key: String) -> String? {
        environment[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a variable holds, or the first line of the file that the variable with `_FILE` names, and which of the two.
    private static func secret(
        _ environment: [String: String],
        _ key: String
    ) throws(LoginError) -> (text: String, source: String)? {
        if let text = Self.set(environment, key) { return (text, key) }
        guard let path = Self.set(environment, "\(key)_FILE") else { return nil }
        let text = try Self.text(of: path, isExplicit: true) ?? ""
        guard let line = text.split(whereSeparator: \.isNewline).first else {
            throw LoginError(code: .unusableCredentials, message: "\(path), which \(key)_FILE names, is empty")
        }
        return (String(line), path)
    }

    /// A file's text; nil where it is not there and need not be.
    private static func text(of path: String, isExplicit: Bool) throws(LoginError) -> String? {
        guard let bytes = try Self.bytes(of: path, isExplicit: isExplicit) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LoginError(code: .unusableCredentials, message: "\(path) must be UTF-8")
        }
        return text
    }

    private static func bytes(of path: String, isExplicit: Bool) throws(LoginError) -> [UInt8]? {
        do {
            return try FileDescriptor.open(path, .readOnly).readAll(limit: 1 << 20)
        } catch let errno as Errno where errno == .noSuchFileOrDirectory && !isExplicit {
            return nil
        } catch {
            throw LoginError(code: .unusableCredentials, message: "\(path) cannot be read: \(error)")
        }
    }

    /// Earthdata tokens live 60 days.
    private static func token(_ text: String, source: String, now: Date) throws(LoginError) -> Credentials {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw LoginError(
                code: .unusableCredentials,
                message: "\(source) does not hold a token: it must be the token alone, without spaces"
            )
        }
        let token = Secret(String(words[0]))
        var warnings = Self.exposure(source)
        let end = WebToken.expiration(of: token)
        if let end, end > now, end.timeIntervalSince(now) <= 7 * 86400 {
            warnings.append(
                "the token in \(source) expires at \(CivilTime(end).text); make a new one at "
                    + "https://urs.earthdata.nasa.gov (Generate Token) before that"
            )
        }
        return Credentials(.token(token), source: source, warnings: warnings, tokenEnd: end)
    }

    private static func password(
        _ user: String,
        _ password: Secret,
        source: String,
        _ warnings: [String]
    ) throws(LoginError) -> Credentials {
        guard !user.contains(":"), !(user + password.reveal()).utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            throw LoginError(
                code: .unusableCredentials,
                message: "the user name or password from \(source) holds a colon or a control character, "
                    + "which Earthdata Login cannot be told"
            )
        }
        return Credentials(.password(user: user, password), source: source, warnings: warnings)
    }

    private static func fromNetrc(
        _ path: String,
        isExplicit: Bool,
        loginHost: String,
        warnings: inout [String]
    ) throws(LoginError) -> Credentials? {
        guard let bytes = try Self.bytes(of: path, isExplicit: isExplicit) else { return nil }
        let netrc: Netrc
        do throws(InvalidValue) {
            // What is no UTF-8 matters in the entry that is used, and in no other.
            netrc = try Netrc(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw LoginError(code: .unusableCredentials, message: "\(path) \(error.advice)")
        }
        guard let entry = netrc.entry(for: loginHost) else { return nil }
        guard let user = entry.login, let password = entry.password else {
            throw LoginError(
                code: .unusableCredentials,
                message: "the entry for machine \(loginHost) in \(path) must have a login and a password"
            )
        }
        guard !(user + password.reveal()).unicodeScalars.contains("\u{FFFD}") else {
            throw LoginError(
                code: .unusableCredentials,
                message: "the entry for machine \(loginHost) in \(path) must be UTF-8"
            )
        }
        if netrc.named(loginHost).count > 1 {
            warnings.append(
                "\(path) has \(netrc.named(loginHost).count) entries for machine \(loginHost); the last one is used"
            )
        }
        warnings += Self.exposure(path)
        return try Self.password(user, password, source: path, warnings)
    }

    /// A warning where the source of a secret is a file that others can read.
    private static func exposure(_ source: String) -> [String] {
        var status = stat()
        guard source.contains("/"), unsafe stat(source, &status) == 0, status.st_mode & 0o077 != 0 else { return [] }
        return ["others can read the secret in \(source); run: chmod 600 \(source)"]
    }
}
