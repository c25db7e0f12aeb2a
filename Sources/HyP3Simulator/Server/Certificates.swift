import Foundation

/// What is wrong with the certificate the simulator shows.
package enum CertificateFault: String, Sendable, CaseIterable, Codable {
    /// It ended yesterday.
    case expired
    /// It is made out to a host that is not the simulator's.
    case wrongHost
    /// It is signed by an authority other than the one in `caFile`.
    case unknownAuthority
}

/// A certificate authority and a server certificate, made with the `openssl` command in a directory of their own.
struct Certificates {
    let authorityFile: String
    let certificateFile: String
    let keyFile: String

    /// Makes both; `hosts` are names that no wildcard covers, beside the loopback names.
    init(directory: String, hosts: [String], fault: CertificateFault?) throws {
        authorityFile = "\(directory)/ca.pem"
        certificateFile = "\(directory)/server.pem"
        keyFile = "\(directory)/server.key"
        var signer = try Self.makeAuthority(directory, "ca")
        if fault == .unknownAuthority { signer = try Self.makeAuthority(directory, "other-ca") }
        // A wildcard needs two labels after the star, so the hosts directly under localhost are listed one by one.
        let names =
            fault == .wrongHost
            ? ["DNS:elsewhere.example"]
            : (["localhost", "*.s3.localhost"] + hosts).map { "DNS:\($0)" } + ["IP:127.0.0.1", "IP:::1"]
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
        let request = "\(directory)/server.csr"
        try ChildProcess.run(
            ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-keyout", keyFile, "-out", request, "-subj", "/CN=HyP3 simulator"],
            directory: directory
        )
        try ChildProcess.run(
            ["openssl", "x509", "-req", "-in", request, "-CA", signer.certificate, "-CAkey", signer.key]
                + ["-CAcreateserial", "-out", certificateFile, "-extfile", extensions]
                + ["-days", fault == .expired ? "-1" : "30"],
            directory: directory
        )
    }

    private static func makeAuthority(
        _ directory: String,
        _ name: String
    ) throws -> (certificate: String, key: String) {
        let files = (certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name).key")
        try ChildProcess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-keyout", files.key, "-out", files.certificate, "-days", "30"]
                + ["-subj", "/CN=HyP3 simulator \(name)"]
                + ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            directory: directory
        )
        return files
    }
}
