package import FoundationEssentials

extension ProjectSettings {
    /// Merges the sources of one project (flags beat environment beat configuration beat defaults) and reads every
    /// value.
    ///
    /// - Parameter now: what relative times are relative to.
    /// - Throws: `ConfigurationError` for the first value that cannot be used.
    package init(
        file: ConfigurationFile,
        flags: SettingValues,
        environment: SettingValues,
        now: Date
    ) throws(ConfigurationError) {
        self.init()
        let values = flags.over(environment).over(file.values)
        for setting in Setting.all { try setting.set(&self, from: values, file: file.path, now: now) }
        if self.names == nil, values[ProjectGroup.targetPrefix.name] == nil {
            self.prefix = try Self.prefix(project: self.name, file: file.path)
        }
    }

    /// Of one of several projects: its directory, of its name, is below that of the configuration.
    ///
    /// - Throws: `InvalidValue` where no directory can have the name.
    package func project(named name: String) throws(InvalidValue) -> ProjectSettings {
        if let refusal = PathComponent.refusal(of: name) {
            throw InvalidValue(
                "cannot be a directory: \(refusal); a configuration of its own, with a transfer_spec.target_prefix, "
                    + "archives it"
            )
        }
        // Never a project's: dot files of the archive directory are those of others.
        guard !name.hasPrefix(".") else {
            throw InvalidValue("cannot be a directory among others, because it begins with a dot")
        }
        var settings = self
        (settings.name, settings.names) = (name, nil)
        settings.prefix = self.prefix.isEmpty ? name : "\(self.prefix)/\(name)"
        return settings
    }

    /// What is archived, in a few words.
    package var title: String { self.names.map { "\($0)" } ?? self.name }

    /// Earthdata Login's authorize page for the HyP3 API of ASF.
    package static let defaultLogin = HTTPURL(
        origin: Origin(scheme: "https", host: "urs.earthdata.nasa.gov", port: 443),
        path: "/oauth/authorize",
        query: "response_type=code&client_id=BO_n7nTIlMljdvU6kRRB3g"
            + "&redirect_uri=https://cumulus.asf.alaska.edu/login&app_type=401"
    )

    /// The project's name, where a directory can have it.
    private static func prefix(project: String, file: String) throws(ConfigurationError) -> String {
        guard let refusal = PathComponent.refusal(of: project) else { return project }
        throw ConfigurationError(
            place: .file(file),
            key: ProjectGroup.targetPrefix.keys[0],
            value: nil,
            advice: "must be given, because the project name \(ForeignText.quoted(project)) "
                + "cannot be a directory: \(refusal)"
        )
    }
}
