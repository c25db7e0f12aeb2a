import FoundationEssentials
import Glibc
import SystemPackage

/// Clears staged bytes that no later run will go on with.
struct StagingSweep {
    let project: ProjectDirectory

    /// A partial file that no plan has named for so long is given up; HyP3 keeps most products 14 days.
    private static let patience: TimeInterval = 30 * 86400

    /// Removes what belongs to no product the plan fetches, unless the plan, of a narrower window than the one before, says
    /// nothing about it and it is still young. Blocks; call under the run lock.
    func run(plan: Plan) throws {
        var leftovers = Set(try SystemCalls.names(in: self.project.partial))
        guard !leftovers.isEmpty else { return }
        for product in plan.products([.fetch]) {
            let name = try self.project.partialName(path: product.path, url: product.url)
            leftovers.remove(name)
            leftovers.remove(name + PartialFile.recordSuffix)
        }
        for name in leftovers {
            let path = "\(self.project.partial)/\(name)"
            let data =
                name.hasSuffix(PartialFile.recordSuffix) ? String(path.dropLast(PartialFile.recordSuffix.count)) : path
            if try !self.isWorthKeeping(data) { try SystemCalls.remove(path) }
        }
    }

    private func isWorthKeeping(_ data: String) throws -> Bool {
        guard let bytes = try SystemCalls.contents(of: data + PartialFile.recordSuffix),
            let record = ResumeRecord(parsing: bytes, boot: ""),
            try SystemCalls.kind(of: self.project.path(of: record.header.path)) == nil,
            let changed = try SystemCalls.modificationTime(of: data)
        else { return false }
        return Date.now.timeIntervalSince(changed) < Self.patience
    }
}
