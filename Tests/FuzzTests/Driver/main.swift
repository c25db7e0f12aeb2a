// What `scripts/fuzz` runs: libFuzzer over one target. `hyp3-fuzz TARGET [OPTION of libFuzzer | FILE]...`
import FoundationEssentials
import Glibc

@_silgen_name("LLVMFuzzerRunDriver")
func fuzz(
    _ argc: UnsafeMutablePointer<CInt>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

guard CommandLine.arguments.count > 1,
    let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
else {
    for target in FuzzTarget.all { print(target.name) }
    exit(CommandLine.arguments.count > 1 ? 64 : 0)
}

let chosen = target
let scratch = ScratchDirectory(
    (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/\(target.name)"
)
mkdir(scratch.path, 0o700)

var count = CommandLine.argc - 1
var arguments = CommandLine.unsafeArgv + 1
exit(
    fuzz(&count, &arguments) { bytes, length in
        do {
            try chosen.read(Array(UnsafeBufferPointer(start: bytes, count: length)), scratch)
        } catch {
            let said = Array("hyp3-fuzz: \(chosen.name): \(error)\n".utf8)
            write(2, said, said.count)
            abort()
        }
        return 0
    }
)
