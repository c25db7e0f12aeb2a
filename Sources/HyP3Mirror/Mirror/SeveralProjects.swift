import FoundationEssentials
package import Logging
import SystemPackage

/// Finds the projects of a configuration that is not of one: by its list, by the names of the account's jobs, or by what is
/// in the archive.
package struct SeveralProjects: Sendable {
    /// A project, or what cannot be one.
    package struct Found: Sendable {
        /// Of the project; where it cannot be one, they are good for its name alone.
        package let settings: ProjectSettings
        /// Why not, as a sentence; nil where it can.
        package let refusal: String?
    }

    private let settings: ProjectSettings
    private let session: ServiceSession
    private let logger: Logger

    package init(_ settings: ProjectSettings, _ session: ServiceSession, logger: Logger) {
        self.settings = settings
        self.session = session
        self.logger = logger
    }

    /// Whether it is HyP3 that knows which they are.
    package var asksHyP3: Bool { self.settings.names.map { !$0.isExact } ?? false }

    /// What those that are in the archive remember of an outage, in which nobody can say which they are. Blocks.
    package var outage: OutageBook {
        let there = (try? self.there()) ?? []
        return OutageBook(there.filter { $0.refusal == nil }.map(\.settings))
    }

    /// By the names of the account's jobs, which HyP3 is asked for where there is a pattern.
    ///
    /// - Throws: as `AccountJobs.run`; `SuspectConfiguration` where there is none.
    package func asked(stop: RunStop) async throws -> [Found] {
        guard let selection = self.settings.names else { return [self.only] }
        if selection.isExact { return self.found(selection.patterns) }
        let jobs = AccountJobs(self.settings, self.session, logger: self.logger)
        let listing = try await jobs.run(stop: stop)
        let names = listing.names.compactMap(\.name).filter { selection.contains($0) }.sorted()
        // What is named in full is wanted though HyP3 has no job of it now.
        let others = selection.patterns.filter { !NameSelection.isPattern($0) && !names.contains($0) }
        var found = self.found(names + others)
        var left = listing.others
        if selection.patterns.isEmpty {
            left += listing.names.first { $0.name == nil }?.jobs ?? 0
        }
        if left > 0 {
            let reason =
                "\(Count.of(left, "job")) of this account have no name, or one of too many to tell apart, and are not "
                + "archived"
            found.append(self.refused("(without a name)", reason))
        }
        if found.isEmpty, !self.settings.mayBeEmpty {
            throw SuspectConfiguration([
                "no job of this account has a name like \(selection); --allow-empty is for a project that has none yet"
            ])
        }
        return found
    }

    /// By the directories of the archive. Blocks.
    ///
    /// - Throws: `FilesystemError`.
    package func there() throws -> [Found] {
        guard let selection = self.settings.names else { return [self.only] }
        let directory = self.settings.projectDirectory
        guard try SystemCalls.kind(of: directory) != nil else {
            throw FilesystemError("open the archive", directory, .noSuchFileOrDirectory, cure: Self.cure)
        }
        let names = try SystemCalls.names(in: directory).filter { selection.contains($0) && !$0.hasPrefix(".") }
        let projects = try names.filter { name in
            try SystemCalls.kind(of: ProjectDirectory("\(directory)/\(name)").state) == .directory
        }
        let others = selection.patterns.filter { !NameSelection.isPattern($0) && !projects.contains($0) }
        let found = self.found(projects.sorted() + others)
        guard !found.isEmpty else {
            throw FilesystemError(
                "find a project named \(selection) in",
                directory,
                .noSuchFileOrDirectory,
                reason: "no directory there is one",
                cure: Self.cure
            )
        }
        return found
    }

    private static let cure = "The first sync makes it."

    private var only: Found { Found(settings: self.settings, refusal: nil) }

    private func refused(_ name: String, _ reason: String) -> Found {
        var settings = self.settings
        (settings.name, settings.names) = (name, nil)
        return Found(settings: settings, refusal: reason)
    }

    private func found(_ names: [String]) -> [Found] {
        // Shares that do not tell case apart would have two projects in one directory.
        var taken: [String: String] = [:]
        return names.map { name in
            func refused(_ reason: String) -> Found {
                self.refused(name, "the name \(ForeignText.quoted(name)) \(reason)")
            }
            if let other = taken.updateValue(name, forKey: name.lowercased()) {
                taken[name.lowercased()] = other
                return refused(
                    "differs from \(ForeignText.quoted(other)) in no more than case; a configuration of its own, with a "
                        + "transfer_spec.target_prefix, archives it"
                )
            }
            do throws(InvalidValue) {
                return Found(settings: try self.settings.project(named: name), refusal: nil)
            } catch {
                return refused(error.advice)
            }
        }
    }
}
