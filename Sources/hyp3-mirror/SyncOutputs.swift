import FoundationEssentials
import Glibc
import HyP3Mirror

/// The files that a call of `sync` writes where the user asked for them. Projects that name the same file share it.
struct SyncOutputs {
    private let settings: [ProjectSettings]
    /// By project, in the order of the call.
    private var done: [Int: SyncSession.Run] = [:]

    init(_ settings: [ProjectSettings]) { self.settings = settings }

    /// Writes what is known now that a project has come to its end, each file anew: a call that is killed at the next
    /// project leaves what it did.
    ///
    /// - Returns: what could not be written; the archive is as the summary said all the same.
    mutating func write(_ run: SyncSession.Run, of index: Int) -> [any Error] {
        self.done[index] = run
        let settings = self.settings[index]
        var errors: [any Error] = []
        func attempt(_ write: () throws -> Void) {
            do { try write() } catch { errors.append(error) }
        }
        if let path = settings.newFilesFile {
            attempt {
                let runs = self.sharing(path, \.newFilesFile)
                try self.replace(path, \.newFilesFile) { put in
                    for run in runs { try run.outcome.newFiles.read(put) }
                }
            }
        }
        if let path = settings.reportFile {
            attempt {
                let runs = self.sharing(path, \.reportFile).map { ($0.outcome.report, $0.outcome.rows) }
                let isOne = self.settings.count { $0.reportFile == path } == 1
                try self.replace(path, \.reportFile) { try RunReports.write(runs, isOne: isOne, $0) }
            }
        }
        if let path = settings.metricsFile {
            attempt {
                let outcomes = self.sharing(path, \.metricsFile).filter(\.hasBegun).map(\.outcome)
                if outcomes.isEmpty { return }
                let holdings = outcomes.compactMap(\.holdings)
                let text = RunMetrics.text(outcomes.map(\.report), archives: holdings, over: Self.contents(path))
                try self.replace(path, \.metricsFile) { try $0(Array(text.utf8)) }
            }
        }
        return errors
    }

    private func sharing(_ path: String, _ file: KeyPath<ProjectSettings, String?>) -> [SyncSession.Run] {
        self.done.sorted { $0.key < $1.key }.filter { self.settings[$0.key][keyPath: file] == path }.map(\.value)
    }

    /// What is no regular file, a pipe above all, gets its contents once, when they are complete.
    private func replace(
        _ path: String,
        _ file: KeyPath<ProjectSettings, String?>,
        _ write: (_ put: ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        let isComplete = self.settings.indices.allSatisfy {
            self.settings[$0][keyPath: file] != path || self.done[$0] != nil
        }
        var facts = stat()
        let isOther = stat(path, &facts) == 0 && facts.st_mode & S_IFMT != S_IFREG
        guard isComplete || !isOther else { return }
        try replaceFile(at: path, write)
    }

    /// Of the metrics file as an earlier call left it; nothing where it cannot be read, or is no such file.
    private static func contents(_ path: String) -> String {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size < 16 << 20,
            let data = FileManager.default.contents(atPath: path)
        else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
