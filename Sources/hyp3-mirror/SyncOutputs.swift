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
                let files = self.sharing(path, \.newFilesFile).flatMap(\.outcome.newFiles)
                try self.put(Array(files.map { $0 + "\n" }.joined().utf8), path, \.newFilesFile)
            }
        }
        if let path = settings.reportFile {
            attempt {
                let reports = self.sharing(path, \.reportFile).map(\.outcome.report)
                let isOne = self.settings.count { $0.reportFile == path } == 1
                let bytes = isOne ? try reports.first?.json() : try RunReports(projects: reports).json()
                try self.put(bytes ?? [], path, \.reportFile)
            }
        }
        if let path = settings.metricsFile {
            attempt {
                let reports = self.sharing(path, \.metricsFile).filter(\.hasBegun).map(\.outcome.report)
                if reports.isEmpty { return }
                let text = RunMetrics.text(reports, over: Self.contents(path))
                try self.put(Array(text.utf8), path, \.metricsFile)
            }
        }
        return errors
    }

    private func sharing(_ path: String, _ file: KeyPath<ProjectSettings, String?>) -> [SyncSession.Run] {
        self.done.sorted { $0.key < $1.key }.filter { self.settings[$0.key][keyPath: file] == path }.map(\.value)
    }

    /// What is no regular file, a pipe above all, gets its contents once, when they are complete.
    private func put(_ bytes: [UInt8], _ path: String, _ file: KeyPath<ProjectSettings, String?>) throws {
        let isComplete = self.settings.indices.allSatisfy {
            self.settings[$0][keyPath: file] != path || self.done[$0] != nil
        }
        var facts = stat()
        let isOther = stat(path, &facts) == 0 && facts.st_mode & S_IFMT != S_IFREG
        guard isComplete || !isOther else { return }
        try replaceFile(at: path, with: bytes)
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
