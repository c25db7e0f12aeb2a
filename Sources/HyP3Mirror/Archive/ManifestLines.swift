import Glibc

/// Lines of manifests at places that `KnownFiles` tells. Keeps the files open, so that one put in the place of another does
/// no harm. Any thread.
final class ManifestLines: Sendable {
    private let descriptors: [Int32]
    private let paths: [String]

    /// Room for one line; longer ones, with parameters of a job that are long, are read in a second go.
    private static let usual = 4096

    /// Blocks. More manifests than may be open together are an error of the system's.
    init(_ paths: [String]) throws {
        var descriptors: [Int32] = []
        do {
            for path in paths { descriptors.append(try SystemCalls.openOwn(path, O_RDONLY, for: "read")) }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        self.descriptors = descriptors
        self.paths = paths
    }

    deinit {
        for descriptor in self.descriptors { close(descriptor) }
    }

    /// Nil where no line of a manifest begins there any more. Blocks.
    func entry(at place: ManifestReader.Place) throws -> ManifestEntry? {
        guard place.file < self.paths.count else { return nil }
        for room in [Self.usual, LineReader.longest] {
            let bytes = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                count = try SystemCalls.read(
                    self.descriptors[place.file],
                    into: UnsafeMutableRawBufferPointer(buffer),
                    at: place.offset,
                    path: self.paths[place.file]
                )
            }
            if let end = bytes.firstIndex(of: 10) { return ManifestEntry(line: bytes[..<end]) }
            // The last line may have lost its end.
            if bytes.count < room { return ManifestEntry(line: bytes) }
        }
        return nil
    }
}
