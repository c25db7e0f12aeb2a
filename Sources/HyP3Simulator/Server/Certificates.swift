import Foundation
import Synchronization

/// What is wrong with the certificate the simulator shows.
package enum CertificateFault: String, Sendable, CaseIterable, Codable {
    /// It ended yesterday.
    case expired
    /// It is made out to a host that is not the simulator's.
    case wrongHost
    /// It is signed by an authority other than the one in `caFile`.
    case unknownAuthority
}

/// A certificate authority and a server certificate, made with the `openssl` command.
///
/// The simulators of one process share them (a process that runs tests has hundreds), each with its own copy.
struct Certificates {
    private struct Request: Hashable {
        var hosts: [String]
        var fault: CertificateFault?
    }

    private static let made = Mutex<[Request: [String: Data]]>([:])

    let authorityFile: String
    let certificateFile: String
    let keyFile: String

    /// Makes them in `directory`; `hosts` are names that no wildcard covers, beside the loopback addresses.
    init(directory: String, hosts: [String], fault: CertificateFault?) throws {
        authorityFile = "\(directory)/ca.pem"
        certificateFile = "\(directory)/server.pem"
        keyFile = "\(directory)/server.key"
        let request = Request(hosts: Set(hosts).sorted(), fault: fault)
        let names = ["ca.pem", "server.pem", "server.key"]
        try Self.made.withLock { made in
            if let known = made[request] {
                for (name, data) in known { try data.write(to: URL(fileURLWithPath: "\(directory)/\(name)")) }
                return
            }
            try Self.make(request, in: directory)
            made[request] = Dictionary(
                uniqueKeysWithValues: try names.map {
                    ($0, try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\($0)")))
                }
            )
        }
    }

    private static func make(_ request: Request, in directory: String) throws {
        var signer = try makeAuthority(directory, "ca")
        if request.fault == .unknownAuthority { signer = try makeAuthority(directory, "other-ca") }
        // A wildcard needs two labels after the star, so the hosts directly under localhost are listed one by one.
        let names =
            request.fault == .wrongHost
            ? ["DNS:elsewhere.example"]
            : (["localhost", "*.s3.localhost"] + request.hosts).map { "DNS:\($0)" } + ["IP:127.0.0.1", "IP:::1"]
        let extensions = "\(directory)/extensions.cnf"
        let text = """
            subjectAltName=\(names.joined(separator: ","))
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=serverAuth
            subjectKeyIdentifier=hash
            authorityKeyIdentifier=keyid

            """
        try text.write(toFile: extensions, atomically: false, encoding: .utf8)
        let signing = "\(directory)/server.csr"
        try runCommand(
            ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-keyout", "\(directory)/server.key", "-out", signing, "-subj", "/CN=HyP3 simulator"],
            directory: directory
        )
        try runCommand(
            ["openssl", "x509", "-req", "-in", signing, "-CA", signer.certificate, "-CAkey", signer.key]
                + ["-CAcreateserial", "-out", "\(directory)/server.pem", "-extfile", extensions]
                + ["-days", request.fault == .expired ? "-1" : "30"],
            directory: directory
        )
    }

    private static func makeAuthority(
        _ directory: String,
        _ name: String
    ) throws -> (certificate: String, key: String) {
        let files = (certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name).key")
        try runCommand(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-keyout", files.key, "-out", files.certificate, "-days", "30"]
                + ["-subj", "/CN=HyP3 simulator \(name)"]
                + ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            directory: directory
        )
        return files
    }
}
