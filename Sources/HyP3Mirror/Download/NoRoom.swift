import SystemPackage

/// The disk has no room for a product; others may be smaller.
package struct NoRoom: Error, Sendable, CustomStringConvertible {
    /// Where the product was to go.
    let path: String
    let shortage: RoomLedger.Shortage
    /// What the disk itself answered; nil where it was not asked.
    let refusal: Errno?

    /// As the error that ends a run: what is needed, what is free, what of it is kept.
    var error: FilesystemError {
        FilesystemError("archive", self.path, self.refusal ?? .noSpace, cure: self.cure)
    }

    package var description: String { self.error.description }

    private var cure: String {
        let needed = "\(ByteText.decimal(self.shortage.needed)) more are needed"
        guard let space = self.shortage.space else { return "\(needed); free some space." }
        let free = "\(needed) and \(ByteText.decimal(space.free)) are free"
        if self.refusal == .diskQuotaExceeded {
            return "\(free), but the quota ends before; free some space or raise it."
        }
        if !space.hasInodes { return "\(free), but no file more can be made (inodes); remove some files." }
        var parts: [String] = []
        let (kept, underWay) = (self.shortage.reserve, self.shortage.underWay)
        if kept > 0 { parts.append("--min-free keeps \(ByteText.decimal(kept))") }
        if underWay > 0 { parts.append("\(ByteText.decimal(underWay)) are for what is under way") }
        return "\(free)" + (parts.isEmpty ? "" : ", of which " + parts.joined(separator: " and "))
            + "; free some space" + (kept > 0 ? " or lower --min-free." : ".")
    }
}
