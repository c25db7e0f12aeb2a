import Foundation
import TestSupport

/// Writes `bytes` to a file of its own and gives its path to `body`.
func withFile<R>(_ bytes: [UInt8], _ body: (String) async throws -> R) async throws -> R {
    try await withTemporaryDirectory { directory in
        let path = directory + "/file"
        try Data(bytes).write(to: URL(filePath: path))
        return try await body(path)
    }
}
