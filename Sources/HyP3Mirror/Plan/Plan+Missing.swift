import FoundationEssentials

extension Plan {
    /// The plan with what the manifest says of products that are not in the archive: a lost one that was archived is
    /// missing, and a missing one has its date.
    ///
    /// - Parameter archived: when products were archived, by `ByteStrings.hash` of their file names.
    func explaining(archived: [UInt64: Date]) -> Plan {
        if archived.isEmpty { return self }
        var plan = self
        for index in plan.kept.indices {
            let states: Set<ProductState> = [.lost, .missing]
            guard plan.kept[index].rows.contains(where: { states.contains($0.state) }) else { continue }
            let names = plan.kept[index].names
            for row in plan.kept[index].rows.indices where states.contains(plan.kept[index].rows[row].state) {
                guard let file = self.file(of: plan.kept[index].rows[row], names),
                    let date = archived[ByteStrings.hash(file)]
                else { continue }
                let state = plan.kept[index].rows[row].state
                plan.kept[index].rows[row].state = .missing
                plan.kept[index].rows[row].reason = AbsenceRecord.missingReason(archived: date)
                guard state == .lost else { continue }
                plan.counts[.lost, default: 0] -= 1
                plan.counts[.missing, default: 0] += 1
            }
        }
        plan.counts = plan.counts.filter { $0.value > 0 }
        return plan
    }

    private func file(of row: Row, _ names: JobNames) -> String? {
        let name = names.product(self.policy.suffixes[row.template], listed: row.suffix)
        guard case .product(let file, _, _) = name else { return nil }
        return file
    }
}
