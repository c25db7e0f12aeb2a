import ArgumentParser
import HyP3Mirror

struct CompletionsCommand: TaughtCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print what makes a shell complete the words of hyp3-mirror.",
        discussion: CommandExample.text(Self.examples)
    )

    static let examples = [
        CommandExample(
            "hyp3-mirror completions bash > ~/.local/share/bash-completion/completions/hyp3-mirror",
            "for bash, from the next shell on"
        ),
        CommandExample("hyp3-mirror completions zsh > ~/.zfunc/_hyp3-mirror", "for zsh, with ~/.zfunc in fpath"),
        CommandExample("hyp3-mirror completions fish > ~/.config/fish/completions/hyp3-mirror.fish", "for fish"),
    ]

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let shell: CompletionShell =
            switch self.shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try show(HyP3MirrorCommand.completionScript(for: shell))
    }
}
