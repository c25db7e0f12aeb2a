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
    /// `netrcFile`, the file that `NETRC` names, and `~/.netrc`.
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
        if let text = Self.set(environment, "EARTHDATA_TOKEN") {
            return try Self.token(text, source: "EARTHDATA_TOKEN", now: now)
        }
        for family in ["EARTHDATA", "EDL"] {
            let (userKey, passwordKey) = ("\(family)_USERNAME", "\(family)_PASSWORD")
            switch (Self.set(environment, userKey), Self.set(environment, passwordKey)) {
            case (let user?, let password?):
                return try Self.password(user, Secret(password), source: "\(userKey) and \(passwordKey)", warnings)
            case (_?, nil): warnings.append("\(userKey) is set without \(passwordKey) and not used")
            case (nil, _?): warnings.append("\(passwordKey) is set without \(userKey) and not used")
            case (nil, nil): break
            }
        }
        var files: [(path: String, isExplicit: Bool)] = []
        if let netrcFile { files.append((netrcFile, true)) }
        if let path = Self.set(environment, "NETRC") { files.append((path, true)) }
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
        var warnings: [String] = []
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
        let bytes: [UInt8]
        do {
            bytes = try FileDescriptor.open(path, .readOnly).readAll(limit: 1 << 20)
        } catch let errno as Errno where errno == .noSuchFileOrDirectory && !isExplicit {
            return nil
        } catch {
            throw LoginError(code: .unusableCredentials, message: "\(path) cannot be read: \(error)")
        }
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
        if Self.othersCanRead(path) {
            warnings.append("others can read the password in \(path); run: chmod 600 \(path)")
        }
        return try Self.password(user, password, source: path, warnings)
    }

    private static func othersCanRead(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & 0o077 != 0
    }
}
