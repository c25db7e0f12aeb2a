import Checksums
import Glibc
import Synchronization

extension FuzzTarget {
    /// Files of each format that is looked into.
    static let structures: [FuzzTarget] = [
        structure("tiff", ["x.tif"]), structure("zip", ["x.zip"]), structure("netcdf", ["x.nc", "x.h5"]),
        structure("small-formats", ["x.png", "x.json", "x.parquet", "x"]),
    ]

    private static func structure(_ name: String, _ files: [String]) -> FuzzTarget {
        FuzzTarget(name: name) { input, scratch in
            let descriptor = try scratch.descriptor(of: input, in: name)
            defer { close(descriptor) }
            for file in files {
                let questions = Mutex(0)
                let verdict = try FileStructure.check(
                    descriptor: descriptor,
                    length: Int64(input.count),
                    name: file,
                    isCancelled: {
                        questions.withLock { $0 += 1 }
                        return false
                    }
                )
                if case .damaged(let reason) = verdict {
                    try require(reason.utf8.count < 1024, "a reason of \(reason.utf8.count) bytes")
                }
                // Each stands for half a mebibyte that was read, or for as much work.
                let work = questions.withLock { $0 }
                try require(work <= 64 + input.count / 256, "\(input.count) bytes cost \(work) times 512 KiB of work")
            }
        }
    }
}
