/// Which project, and where it is kept.
package enum ProjectGroup: SettingGroup {
    package static let title = "Project"

    package static let settings: [Setting] = [
        Self.name,
        .value(
            "host",
            "url",
            \.host,
            required: "must be a HyP3 API, as in https://hyp3-watermap.asf.alaska.edu",
            keys: ["host", "archive.host"],
            example: "https://hyp3-watermap.asf.alaska.edu",
            help: "HyP3 API, e.g. https://hyp3-watermap.asf.alaska.edu.",
            read: Self.api
        ),
        .path(
            "archive",
            "dir",
            \.archiveDirectory,
            required: "must say where products are kept",
            keys: ["archive.directory"],
            example: "archive",
            help: "Directory of the archive; the project's directory is made below it.",
            as: { $0 }
        ),
        .list(
            "suffix",
            "suffix",
            \.suffixes,
            required: #"must list at least one suffix, as in ["_VV.tif", ".zip"]"#,
            keys: ["transfer_spec.extensions", "archive.suffix"],
            example: ["_VV.tif", "_WM.tif"],
            help: "Suffix of a wanted product, e.g. _WM.tif; repeat for more.",
            as: { $0 },
            read: Self.suffix
        ),
        Self.targetPrefix,
        .list(
            "ignore",
            "pattern",
            \.passedOver,
            reach: .variable,
            example: ["old-*"],
            help: "Directories of the archive that hold nothing of it.",
            as: { PassedOver($0) },
            read: Self.directoryPattern
        ),
        Self.layout,
        .flag(
            "quicklooks",
            \.takesQuicklooks,
            help: "Also archive the browse and thumbnail images of each job, as far as they are to be had."
        ),
        .flag(
            "allow-empty",
            \.mayBeEmpty,
            help:
                "A project without jobs, or without any product of a wanted suffix, is no mistake: before its first job."
        ),
    ]

    /// One name is that of one project. A list, a pattern, or nothing at all stands for several.
    private static let name = Setting(
        "name",
        kind: .names,
        valueName: "name",
        help: "HyP3 job name, or several, or a pattern like HKH*; each has a directory of its own. Left out: all names "
            + "of the account's jobs.",
        keys: ["project_name", "archive.name"],
        example: ["HKHwatermaps"]
    ) { reading, settings throws(ConfigurationError) in
        var names: [String] = []
        for text in reading.given.texts {
            names.append(try reading.value(text, Self.jobName))
            guard names.dropLast().contains(text) else { continue }
            throw reading.error(text, "must be there once only")
        }
        if names.count == 1, !NameSelection.isPattern(names[0]) {
            (settings.name, settings.names) = (names[0], nil)
        } else {
            settings.names = NameSelection(names)
        }
    }

    /// Where it is left out, the project's name.
    static let targetPrefix = Setting.value(
        "target-prefix",
        "path",
        \.prefix,
        keys: ["transfer_spec.target_prefix"],
        reach: .file,
        example: "image-services/RTC_services",
        help: "Directory of the project below the archive's, if it is not the project's name.",
        read: Self.prefix
    )

    /// Over no directory that the archive passes over.
    private static let layout = Setting(
        "layout",
        kind: .text,
        valueName: "template",
        help: "Where products lie below the project's directory.",
        default: Layout.flat.text,
        reach: .variable,
        example: ["{year}/{month}/{filename}"]
    ) { reading, settings throws(ConfigurationError) in
        guard let text = reading.given.texts.last else { return }
        let passedOver = settings.passedOver
        settings.layout = try reading.value(text) { text throws(InvalidValue) in
            try Layout(text, passingOver: passedOver)
        }
    }

    private static func jobName(_ text: String) throws(InvalidValue) -> String {
        guard (1...100).contains(text.unicodeScalars.count) else {
            throw InvalidValue("must have 1 to 100 characters, as every name of HyP3 jobs")
        }
        return text
    }

    private static func api(_ text: String) throws(InvalidValue) -> Origin {
        let url = try HTTPURL(confidential: text)
        guard url.path == "/", url.query == nil else {
            throw InvalidValue("must be the host alone, as in \(url.origin)")
        }
        return url.origin
    }

    private static func suffix(_ text: String, after others: [SuffixTemplate]) throws(InvalidValue) -> SuffixTemplate {
        let suffix = try SuffixTemplate(text)
        guard !others.contains(suffix) else { throw InvalidValue("must be there once only") }
        return suffix
    }

    private static func prefix(_ text: String) throws(InvalidValue) -> String {
        let path = text.hasSuffix("/") ? String(text.dropLast()) : text
        if text.isEmpty { return "" }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            if let refusal = PathComponent.refusal(of: component) {
                throw InvalidValue(
                    "must be a directory below the archive, as in image-services/RTC_services: \(refusal)"
                )
            }
        }
        return path
    }

    private static func directoryPattern(_ text: String, after _: [String]) throws(InvalidValue) -> String {
        let bare = text.utf8.filter { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "*") }
        guard !bare.isEmpty, !bare.contains(0), bare != [UInt8(ascii: ".")] else {
            throw InvalidValue("must be the name of a directory, or a pattern like old-*")
        }
        return text
    }
}
