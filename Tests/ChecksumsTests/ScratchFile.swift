import Checksums
import Foundation

/// A file without a name whose bytes a test sets anew as often as it likes.
final class ScratchFile {
    let descriptor: CInt

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/hyp3-mirror-XXXXXX").utf8CString)
        self.descriptor = mkstemp(&template)
        guard self.descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        unlink(template)
    }

    deinit { close(self.descriptor) }

    func set(_ bytes: [UInt8]) throws {
        guard ftruncate(self.descriptor, 0) == 0,
            bytes.withUnsafeBytes({ pwrite(self.descriptor, $0.baseAddress, $0.count, 0) }) == bytes.count
        else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    func verdict(_ bytes: [UInt8], name: String) throws -> FileStructure.Verdict {
        try self.set(bytes)
        return try self.verdict(length: bytes.count, name: name)
    }

    /// What the check says of the first `length` bytes.
    func verdict(length: Int, name: String) throws -> FileStructure.Verdict {
        try FileStructure.check(descriptor: self.descriptor, length: Int64(length), name: name)
    }
}

/// What the check says of a file of these bytes.
func verdict(_ bytes: [UInt8], name: String) throws -> FileStructure.Verdict {
    try ScratchFile().verdict(bytes, name: name)
}

extension FileStructure.Verdict {
    var isDamaged: Bool {
        if case .damaged = self { true } else { false }
    }

    var isSound: Bool {
        if case .sound = self { true } else { false }
    }

    /// The reason, or an empty text.
    var reason: String {
        if case .damaged(let reason) = self { reason } else { "" }
    }
}
