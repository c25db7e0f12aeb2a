/// The product of another job that has the file name which a product wants, in the one place for it.
package struct Rival: Sendable, Hashable {
    package let jobID: String
    /// Whether its file is in the archive; else it is to be fetched.
    let isArchived: Bool
    /// Where to ask about it; empty where that is not known.
    let url: String
    /// What the archive's record says of it.
    let recorded: ListedObject?

    /// Why another product of its name is not archived, as one clause.
    ///
    /// - Parameter likeness: of the two, as far as it is known.
    func reason(_ likeness: Likeness) -> String {
        var what = "a file of this name"
        if case .different(let how) = likeness { what = "another file of this name (\(how))" }
        let which = self.isArchived ? "which is archived" : "and was requested first"
        let doubt = if case .different = likeness { "" } else { "; nothing tells whether it is the same" }
        return "job \(ForeignText.shown(self.jobID)) makes \(what), \(which)\(doubt); \(Self.cure)"
    }

    private static let cure = "archive.layout with {job_id}, as in {job_id}/{filename}, keeps both"
}
