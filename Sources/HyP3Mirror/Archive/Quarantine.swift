import Glibc
import SystemPackage

/// Where files go that are not what was archived: nothing is deleted. Call under the run lock. Blocks.
struct Quarantine {
    let project: ProjectDirectory

    /// Files of one name that are kept there at most; who has so many should look at the disk.
    private static let most = 1000

    /// Moves a file there, unless it has changed since somebody looked at it.
    ///
    /// - Parameters:
    ///   - path: below the project's directory.
    ///   - found: as it was when it was looked at.
    /// - Returns: where it is now, below the project's directory; nil where it is not as it was found.
    /// - Throws: `FilesystemError`.
    func put(_ path: String, found: FileState) throws -> String? {
        let source = self.project.path(of: path)
        guard try SystemCalls.size(of: source) == found.size, SystemCalls.modified(source) == found.modified else {
            return nil
        }
        let place = "\(self.project.quarantine)/\(path)"
        try SystemCalls.requireOwnDirectory(orNothing: self.project.quarantine)
        var changed = try SystemCalls.makeDirectories(SystemCalls.parent(of: place))
        for number in 0..<Self.most {
            let target = number == 0 ? place : "\(place).\(number)"
            do {
                try SystemCalls.renameWithoutReplacing(source, to: target)
            } catch let error as FilesystemError where error.errno == .fileExists {
                continue
            }
            changed += [SystemCalls.parent(of: target), SystemCalls.parent(of: source)]
            for directory in Set(changed) { _ = try SystemCalls.synchronizeDirectory(directory) }
            return String(target.dropFirst(self.project.root.utf8.count + 1))
        }
        throw FilesystemError("put aside", place, .fileExists, cure: "Clear away what was put aside before.")
    }
}
