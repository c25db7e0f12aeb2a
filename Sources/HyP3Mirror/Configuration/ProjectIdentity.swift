import SystemPackage

/// What tells one project's archive, its records and its metrics from another's.
package enum ProjectIdentity {
    /// Refuses configurations of one call that would keep one project name twice in one directory: the same project, whose
    /// numbers would be there twice, or the projects of two hosts, whose products would be mixed.
    package static func clashes(_ projects: [(path: String, settings: ProjectSettings)]) -> [ConfigurationError] {
        var seen: [String: (path: String, settings: ProjectSettings)] = [:]
        var clashes: [ConfigurationError] = []
        for project in projects {
            let key = Self.key(project.settings)
            guard let other = seen[key] else {
                seen[key] = project
                continue
            }
            clashes.append(
                ConfigurationError(
                    place: .file(project.path),
                    key: "",
                    value: nil,
                    advice: Self.advice(project.path, project.settings, other.path, other.settings)
                )
            )
        }
        return clashes
    }

    /// The same for two projects that would be one in the archive.
    package static func key(_ settings: ProjectSettings) -> String {
        let directory = FilePath(settings.projectDirectory).lexicallyNormalized().string
        return "\(directory)\u{0}\(settings.title)"
    }

    private static func advice(
        _ path: String,
        _ settings: ProjectSettings,
        _ otherPath: String,
        _ other: ProjectSettings
    ) -> String {
        if path == otherPath { return "is given twice; once is enough" }
        let name = ForeignText.quoted(settings.title)
        guard settings.host == other.host else {
            return
                "keeps \(name) of \(settings.host) in \(settings.projectDirectory), where \(otherPath) keeps that of "
                + "\(other.host); give one of them another transfer_spec.target_prefix"
        }
        return
            "keeps \(name) in \(settings.projectDirectory), as \(otherPath) does; put all suffixes into one of them, "
            + "or give one another transfer_spec.target_prefix"
    }
}
