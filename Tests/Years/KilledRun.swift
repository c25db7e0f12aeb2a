import CutOff
import Foundation
import HyP3Mirror

/// A run in a process of its own, which is killed at one of its system calls, unless it makes fewer.
struct KilledRun: Codable, Sendable {
    let address: ServiceAddress
    let order: Order
    /// HyP3's time.
    let now: Date
    /// Seconds that the machine's clock is ahead.
    let slip: Double

    /// The option that has the program be such a run.
    static let option = "--killed-run"

    /// - Returns: nil where the process was killed.
    /// - Throws: `Finding` where it ended in another way than by itself or by its own kill.
    func live() async throws -> Result.Word? {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [Self.option, String(decoding: try JSONEncoder().encode(self), as: UTF8.self)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL { return nil }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Finding("a run ended with \(process.terminationStatus) (\(process.terminationReason))")
        }
        return try JSONDecoder().decode(Result.Word.self, from: data)
    }

    /// What the process of its own does.
    static func live(_ text: String) async throws {
        let run = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        let time = VirtualTime(run.now)
        time.slip = run.slip
        if case .kill(let call) = run.order.cut { cut_off_at(call) }
        let word = try await Host(address: run.address, time: time).sync(run.order)
        cut_off_at(0)
        try FileHandle.standardOutput.write(contentsOf: try JSONEncoder().encode(word))
    }
}
