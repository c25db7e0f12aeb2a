extension JobQuery {
    /// What a project asks for.
    package init(_ settings: ProjectSettings) {
        self.init(
            name: settings.names == nil ? settings.name : nil,
            jobType: settings.jobType,
            userID: settings.userID,
            start: settings.requested.start,
            end: settings.requested.end
        )
    }
}
