/// How the login and HyP3 are reached, and who is believed to be them.
package enum ServiceGroup: SettingGroup {
    package static let title = "Service"

    package static let settings: [Setting] = [
        .path(
            "cacert",
            "file",
            \.certificateAuthorities,
            example: "/etc/hyp3-mirror/authorities.pem",
            help: "PEM file of certificate authorities to trust instead of the system's."
        ),
        .path(
            "netrc-file",
            "file",
            \.netrcFile,
            example: "/etc/hyp3-mirror/netrc",
            help: "netrc file with the Earthdata Login entry."
        ),
        .value(
            "login-url",
            "url",
            \.loginURL,
            default: ProjectSettings.defaultLogin.text,
            help: "Whole authorize URL of Earthdata Login.",
            read: { text throws(InvalidValue) in try HTTPURL(confidential: text) }
        ),
    ]
}

extension HTTPURL {
    /// The URL of a host that credentials are sent to: it has TLS or stays on this machine.
    init(confidential text: String) throws(InvalidValue) {
        try self.init(text)
        guard self.origin.isConfidential else {
            throw InvalidValue("must begin with https://; credentials go there, and http is for this machine only")
        }
    }
}
