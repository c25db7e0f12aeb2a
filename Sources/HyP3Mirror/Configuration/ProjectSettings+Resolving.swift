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
        if values[ProjectGroup.targetPrefix.name] == nil {
            self.prefix = try Self.prefix(project: self.name, file: file.path)
        }
    }

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
