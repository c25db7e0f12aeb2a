import ArgumentParser
import HyP3Mirror

/// A command that help and manual teach by examples.
protocol TaughtCommand: AsyncParsableCommand {
    /// One at least; the first is what most will want.
    static var examples: [CommandExample] { get }
    /// All that it knows, each with whether a value follows it.
    static var flags: [String: Bool] { get }
}

extension TaughtCommand {
    static var word: String { Self.configuration.commandName ?? "" }

    static var flags: [String: Bool] { [:] }
}

/// Writes a short result to standard output, with an end of line. A reader that has gone wanted no more.
///
/// - Throws: `ExitCode`, once the fault has been told.
func show(_ text: String) throws {
    do {
        var writer = ResultWriter()
        try writer.write(text)
        try writer.flush()
    } catch is ResultWriter.Enough {
        return
    } catch {
        StandardError.tell(sentence(of: error))
        throw RunStatus(error).exit
    }
}
