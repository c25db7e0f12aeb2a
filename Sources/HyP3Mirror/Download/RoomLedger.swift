/// Who may still write how much to the disk of the archive. Pure: it is told what the disk says and what is written.
///
/// A reading of the disk and the count of what is written run side by side, so what was written since the reading began is
/// taken as not in it, and what is being written now as not written: the room is never overestimated.
struct RoomLedger: Sendable {
    /// Staged bytes that nothing writes to now.
    struct Idle: Sendable, Hashable {
        var urgency: Urgency
        /// Of the disk.
        var bytes: Int64
        /// Bytes of the whole product; nil where nobody knows.
        var total: Int64?
    }

    /// Of a product under way.
    private struct Claim: Sendable {
        var urgency: Urgency
        /// Bytes of the whole product; nil while nobody knows.
        var total: Int64?
        /// Bytes of the disk that it may have; zero for as many as it grows to.
        var granted: Int64 = 0
        /// Bytes of the disk that it has.
        var staged: Int64
        var beingWritten: Int64 = 0
        /// Its room was given to another.
        var isRevoked = false

        /// Bytes that may still come.
        var outstanding: Int64 { self.isRevoked ? 0 : max(0, self.granted - self.staged) }
    }

    /// What a product that finds no room is told.
    struct Shortage: Sendable, Hashable {
        /// Bytes that it needs beside those it has.
        var needed: Int64
        var space: DiskSpace?
        /// Bytes that are free, and for others.
        var underWay: Int64
        /// Bytes that must stay free.
        var reserve: Int64
        /// Bytes of the whole product; nil where nobody knows.
        var total: Int64?
    }

    /// What is to be done for a product that wants room.
    enum Step: Sendable, Hashable {
        case granted
        /// These staged bytes make room; call `removed` when they are gone, read the disk, and ask again.
        case remove(String)
        case short(Shortage)
    }

    /// What may be written.
    enum Writing: Sendable, Hashable {
        case granted
        /// A product of unknown length has grown out of its room.
        case wanted(Int64)
        case revoked
    }

    /// Bytes that must stay free.
    let reserve: Int64
    /// As last read; nil where it does not say.
    private(set) var space: DiskSpace?
    /// By the path of the staged file.
    private var claims: [String: Claim] = [:]
    private var idle: [String: Idle]
    private var leaving: Set<String> = []
    /// Bytes written so far, and by the time of the last reading.
    private var written: Int64 = 0
    private var writtenBefore: Int64 = 0

    /// Block, and what the lists and records grow by, in bytes.
    private static let block: Int64 = 4096
    private static let lists = 3 * block
    /// A disk is not a ledger: less than this is nobody's fault.
    private static let tolerance: Int64 = 1 << 20

    init(reserve: Int64, idle: [String: Idle] = [:]) {
        self.reserve = reserve
        self.idle = idle
    }

    // MARK: The disk

    /// To be called before a reading; what `read` wants.
    var mark: Int64 { self.written }

    mutating func read(_ space: DiskSpace?, mark: Int64) {
        self.space = space
        self.writtenBefore = mark
    }

    /// The staged bytes of that path are gone from the disk, or stay for good.
    mutating func removed(_ path: String) { self.leaving.remove(path) }

    /// Bytes of the disk that a product of that many takes, with its record and its lines in the lists.
    static func cost(of total: Int64) -> Int64 {
        let data = (total + Self.block - 1) / Self.block * Self.block
        let record = total > StagedFile.smallestResumable ? (total / Int64(StagedFile.chunkSize) / Self.block + 1) : 0
        return data + record * Self.block + Self.lists
    }

    // MARK: Products

    /// Whether the staged bytes of that path are being removed.
    func isLeaving(_ path: String) -> Bool { self.leaving.contains(path) }

    /// Bytes of the product whose staged file that is, as far as its record tells.
    func total(ofIdle path: String) -> Int64? { self.idle[path]?.total }

    /// A product is under way, without any room as yet.
    mutating func begin(_ path: String, _ urgency: Urgency) {
        let idle = self.idle.removeValue(forKey: path)
        self.claims[path] = Claim(urgency: urgency, total: idle?.total, staged: idle?.bytes ?? 0)
    }

    /// It is no longer.
    /// - Parameter isStaged: what it has on the disk is kept for later.
    mutating func end(_ path: String, isStaged: Bool) {
        guard let claim = self.claims.removeValue(forKey: path), isStaged, claim.staged > 0 else { return }
        self.idle[path] = Idle(urgency: claim.urgency, bytes: claim.staged, total: claim.total)
    }

    /// What it had on the disk is dropped, and comes again.
    mutating func dropped(_ path: String) { self.claims[path]?.staged = 0 }

    /// Gives room for a product of that many bytes, if the last reading has it.
    /// - Parameter isOpen: it may grow further; otherwise that is all of it.
    mutating func grant(_ bytes: Int64, to path: String, isOpen: Bool = false) -> Bool {
        guard let claim = self.claims[path], self.space == nil || self.lack(of: bytes, claim, path) <= 0 else {
            return false
        }
        self.note(bytes, path, isOpen: isOpen)
        return true
    }

    /// Finds room for a product of that many bytes: what expires last gives way first, staged bytes that nothing writes to
    /// before those that others still wait for, and none of them where all would not do.
    mutating func makeRoom(for bytes: Int64, at path: String, isOpen: Bool = false) -> Step {
        if self.grant(bytes, to: path, isOpen: isOpen) { return .granted }
        let shortage = self.shortage(of: bytes, at: path, isOpen: isOpen)
        guard let claim = self.claims[path] else { return .short(shortage) }
        let lack = self.lack(of: bytes, claim, path)
        let (staged, last) = self.idle(after: claim.urgency)
        let later = self.claims.filter { $0.value.urgency > claim.urgency }
        let outstanding = later.values.reduce(0) { $0 + $1.outstanding }
        guard staged + outstanding >= lack else { return .short(shortage) }
        if let last { return .remove(self.take(last)) }
        self.revoke(lack, of: Set(later.keys))
        self.note(bytes, path, isOpen: isOpen)
        return .granted
    }

    /// The disk itself refuses what by this ledger fits.
    /// - Parameter path: of the product that is refused, which nothing more urgent gives way for; nil for the lines of
    ///   products that have their names.
    /// - Returns: staged bytes to be removed before it is asked again; nil for none.
    mutating func relieve(_ path: String?) -> String? {
        guard let path else { return self.idle(after: nil).last.map { self.take($0) } }
        guard let claim = self.claims[path] else { return nil }
        return self.idle(after: claim.urgency).last.map { self.take($0) }
    }

    /// Others have written so much that what was promised is not there any more: what expires last gives way.
    /// - Returns: staged bytes to be removed before the disk is read again; nil for none.
    mutating func settle() -> String? {
        guard let space, let first = self.claims.values.map(\.urgency).min() else { return nil }
        // What is being written may be in the reading already.
        let promised = self.claims.values.reduce(0) { $0 + max(0, $1.outstanding - $1.beingWritten) }
        let lack = promised + self.reserve - space.free
        guard lack > Self.tolerance else { return nil }
        let (staged, last) = self.idle(after: first)
        if staged >= lack, let last { return self.take(last) }
        self.revoke(lack, of: Set(self.claims.keys))
        return nil
    }

    /// Staged bytes that nothing writes to, of what is less urgent (nil: of all), and which of them is the least.
    private func idle(after urgency: Urgency?) -> (bytes: Int64, last: String?) {
        let later = self.idle.filter { idle in idle.value.bytes > 0 && urgency.map { idle.value.urgency > $0 } ?? true }
        let last = later.max { $0.value.urgency < $1.value.urgency }
        return (later.values.reduce(0) { $0 + $1.bytes }, last?.key)
    }

    private mutating func take(_ path: String) -> String {
        self.idle[path] = nil
        self.leaving.insert(path)
        return path
    }

    /// Takes at least so much from those that expire last.
    private mutating func revoke(_ bytes: Int64, of paths: Set<String>) {
        var lack = bytes
        let open = self.claims.filter { paths.contains($0.key) && $0.value.outstanding > 0 }
        for (path, claim) in open.sorted(by: { $0.value.urgency > $1.value.urgency }) where lack > 0 {
            lack -= claim.outstanding
            self.claims[path]?.isRevoked = true
        }
    }

    private mutating func note(_ bytes: Int64, _ path: String, isOpen: Bool) {
        self.claims[path]?.total = isOpen ? nil : bytes
        self.claims[path]?.granted = Self.cost(of: bytes)
        self.claims[path]?.isRevoked = false
    }

    /// How long it is, is not known any more; what it has room for it keeps.
    mutating func open(_ path: String) { self.claims[path]?.total = nil }

    /// Bytes that the disk has too few for a product of that many.
    private func lack(of total: Int64, _ claim: Claim, _ path: String) -> Int64 {
        max(0, Self.cost(of: total) - claim.staged) + self.underWay(without: path) + self.reserve - self.known
    }

    /// Bytes free by the last reading, less what was written since.
    private var known: Int64 { (self.space?.free ?? 0) - (self.written - self.writtenBefore) }

    private func underWay(without path: String) -> Int64 {
        self.claims.reduce(0) { $1.key == path ? $0 : $0 + $1.value.outstanding }
    }

    /// - Parameter bytes: that it wants in all; nil for those it was given.
    func shortage(of bytes: Int64? = nil, at path: String, isOpen: Bool = false) -> Shortage {
        let claim = self.claims[path]
        let cost = bytes.map(Self.cost) ?? claim?.granted ?? 0
        return Shortage(
            needed: max(0, cost - (claim?.staged ?? 0)),
            space: self.space,
            underWay: self.underWay(without: path),
            reserve: self.reserve,
            total: isOpen ? nil : bytes ?? claim?.total
        )
    }

    // MARK: Writing

    /// So many bytes are about to be written to it.
    mutating func begin(writing count: Int64, to path: String) -> Writing {
        guard let claim = self.claims[path], !claim.isRevoked else { return .revoked }
        let end = claim.staged + claim.beingWritten + count
        // One whose length is known does not grow: what is written twice takes no more room.
        guard claim.total != nil || end + Self.lists <= claim.granted else { return .wanted(end) }
        self.claims[path]?.beingWritten += count
        return .granted
    }

    /// They are written, or were not.
    mutating func end(writing count: Int64, to path: String, isWritten: Bool) {
        self.claims[path]?.beingWritten -= count
        guard isWritten else { return }
        self.written += count
        self.claims[path]?.staged += count
    }
}
