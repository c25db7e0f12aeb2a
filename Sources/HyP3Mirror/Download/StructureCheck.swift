import Checksums
import SystemPackage

extension StagedFile {
    /// Whether the staged bytes are a whole file of their kind. Blocks, and may read all of them; ends within a fraction of a
    /// second once its task is cancelled.
    ///
    /// - Parameters:
    ///   - length: bytes of the product.
    ///   - name: of the product.
    /// - Throws: `FilesystemError` where the bytes cannot be read, `CancellationError`, `ChecksumError` where this machine
    ///   cannot do it at all.
    func structure(length: Int64, name: String) throws -> FileStructure.Verdict {
        do {
            return try FileStructure.check(
                descriptor: self.readableDescriptor,
                length: length,
                name: name,
                isCancelled: { Task.isCancelled }
            )
        } catch {
            switch error.code {
            case .cancelled: throw CancellationError()
            // A file that ends early has been changed by somebody else; that is the storage's trouble, too.
            case .read:
                throw FilesystemError("read", self.path, error.errno == 0 ? .ioError : Errno(rawValue: error.errno))
            default: throw error
            }
        }
    }
}
