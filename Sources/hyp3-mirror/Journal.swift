import FoundationEssentials
import Glibc
import Logging

/// The journal of systemd, where standard error leads there: a line may begin with its priority, as in sd-daemon(3).
enum Journal {
    /// Whether standard error is the stream that systemd gave: somebody may have led it elsewhere since (systemd.exec(5)).
    static let readsStandardError: Bool = {
        var facts = stat()
        guard fstat(STDERR_FILENO, &facts) == 0 else { return false }
        return Self.isStream(
            ProcessInfo.processInfo.environment["JOURNAL_STREAM"],
            device: UInt64(facts.st_dev),
            inode: UInt64(facts.st_ino)
        )
    }()

    /// - Parameter variable: `JOURNAL_STREAM`, device and inode in decimal.
    static func isStream(_ variable: String?, device: UInt64, inode: UInt64) -> Bool {
        variable == "\(device):\(inode)"
    }

    /// What a line of that level begins with; nothing where no journal reads.
    static func prefix(_ level: Logger.Level, isRead: Bool = Self.readsStandardError) -> String {
        guard isRead else { return "" }
        return switch level {
        case .critical: "<2>"
        case .error: "<3>"
        case .warning: "<4>"
        case .notice: "<5>"
        case .info: "<6>"
        case .debug, .trace: "<7>"
        }
    }
}
