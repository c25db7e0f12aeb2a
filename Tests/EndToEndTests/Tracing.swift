import Foundation

/// strace(1), which sees a program's system calls and can make one of them fail: the way to a fault of the disk that no
/// file system shows on demand.
enum Tracing {
    /// Whether there is a strace that may trace.
    static let isAllowed: Bool = {
        guard let directory = try? makeDirectory() else { return false }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return exitStatus(Tracing.words(["trace=fsync"], log: "\(directory)/trace", isDetached: false) + ["true"]) == 0
    }()

    /// What comes before the command to be traced.
    ///
    /// - Parameters:
    ///   - expressions: of strace's `-e`.
    ///   - path: only calls about this file or directory.
    ///   - log: gets the calls.
    ///   - isDetached: strace runs aside, and the command is our own child, so that signals reach it.
    static func words(_ expressions: [String], path: String? = nil, log: String, isDetached: Bool = false) -> [String] {
        ["strace", "-f", "-qq", "-y", "-o", log] + (isDetached ? ["-D"] : [])
            + expressions.flatMap { ["-e", $0] } + (path.map { ["-P", $0] } ?? [])
    }
}

/// Programs that look over a program's shoulder, and change what is measured of it.
enum Sanitizer {
    /// Whether these tests and what they start run under one.
    static let isOn = ProcessInfo.processInfo.environment["HYP3_SANITIZER"] != nil
}

/// Mounts in a mount namespace of their own, which goes with the processes in it: a test that dies leaves nothing behind.
enum Mounts {
    /// Whether this user may mount small file systems, also from files.
    static let isAllowed: Bool = {
        guard let directory = try? makeDirectory() else { return false }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return Mounts.isPossible(
            """
            mkdir "$1/m" && mount -t tmpfs -o size=1m none "$1/m" && umount "$1/m" && truncate -s 4M "$1/i" \
            && mkfs.ext4 -q "$1/i" && mount -o loop "$1/i" "$1/m"
            """,
            directory
        )
    }()

    /// Whether exFAT can be mounted, which has neither hard links nor a rename that does not replace.
    static let hasExFAT: Bool = {
        guard let directory = try? makeDirectory() else { return false }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return Mounts.isPossible(
            """
            cd "$1"; mkdir m; truncate -s 8M i; mkfs.exfat i; device=$(losetup --find --show i)
            trap 'losetup --detach "$device"' EXIT; mount.exfat-fuse "$device" m; umount m
            """,
            directory
        )
    }()

    /// What comes before a script and its arguments (`$1` and so on).
    static let words = ["unshare", "--mount", "--propagation", "private", "bash", "-euc"]

    private static func isPossible(_ script: String, _ directory: String) -> Bool {
        exitStatus(self.words + [script, "bash", directory]) == 0
    }
}

private func makeDirectory() throws -> String {
    let path = NSTemporaryDirectory() + "hyp3-mirror-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

/// Runs a program to its end on this thread; for questions about the machine, asked once.
func exitStatus(_ words: [String]) -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
}
