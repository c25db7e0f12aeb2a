/// Part sizes of multipart uploads.
package enum PartSize {
    /// What HyP3 uploads with (boto3's default), in bytes.
    package static let usual: Int64 = 8 << 20

    private static let mebibyte: Int64 = 1 << 20

    /// S3's largest part.
    private static let largest: Int64 = 5 << 30

    /// Bytes of the parts seen in practice, HyP3's first, then by how common their tools are: the S3 minimum and rclone (5),
    /// AWS CLI settings (16, 32, 64, 128), s3fs and others (10, 15, 20, 25, 50), Hadoop and MinIO (64, 100, …), the S3
    /// console (a ten-thousandth of 160 GiB); boto3 doubles its 8 MiB where parts would be more than 10,000.
    private static let known: [Int64] =
        [8, 5, 16, 64, 100].map { $0 * mebibyte } + [17_179_870]
        + [15, 10, 32, 128, 50, 20, 25, 256, 512, 1024, 2048, 4096].map { $0 * mebibyte }

    /// Tools that mean powers of ten by "MB".
    private static let decimal: [Int64] = [8, 5, 10, 16, 15, 20, 25, 32, 50, 64, 100, 128, 200, 250, 500, 1000].map {
        $0 * 1_000_000
    }

    /// How many parts an object of `total` bytes has; nothing at all is still one part. Zero or less counts as 1 byte a part.
    package static func parts(of total: Int64, size: Int64) -> Int64 {
        let size = max(1, size)
        return total <= 0 ? 1 : (total - 1) / size + 1
    }

    /// The part sizes worth trying, likeliest first, of an object of `total` bytes.
    ///
    /// With a number of parts they are sizes that cut the object into exactly so many: those seen in practice, the even
    /// division, and every whole number of MiB. One part is always the whole object, so then there is one answer. Large
    /// objects in few parts have more sizes than can be tried: the roundest come first, and at most `mostCandidates` come.
    ///
    /// - Parameter parts: nil where the service does not say.
    package static func candidates(total: Int64, parts: Int?) -> [Int64] {
        guard total >= 0 else { return [] }
        guard let parts else {
            let whole = max(1, total)
            return Self.candidates(total: total, among: min(Self.mebibyte, whole)...max(Self.largest, whole))
        }
        guard let parts = Int64(exactly: parts), parts >= 1 else { return [] }
        if parts == 1 { return [Self.known.first { $0 >= total } ?? total] }
        guard parts <= total else { return [] }
        // The sizes that give `parts` parts, as ⌈total / size⌉ falls while the size grows.
        let even = (total - 1) / parts + 1
        let most = (total - 1) / (parts - 1)
        guard even <= most else { return [] }
        return Self.candidates(total: total, among: even...most)
    }

    /// How many sizes are tried at most of an object of `total` bytes. Each is a digest of all its bytes, so this bounds the
    /// work: 64 GiB to digest, eight sizes at the least.
    package static func mostCandidates(total: Int64) -> Int {
        Int(max(8, min(64, (64 << 30) / max(1, total))))
    }

    private static func candidates(total: Int64, among range: ClosedRange<Int64>) -> [Int64] {
        let limit = Self.mostCandidates(total: total)
        var sizes: [Int64] = []
        var hasWhole = false
        func add(_ size: Int64) {
            // From the whole object on all sizes make the same one part.
            let isWhole = size >= total
            guard sizes.count < limit, range.contains(size), !(isWhole && hasWhole), !sizes.contains(size) else {
                return
            }
            sizes.append(size)
            hasWhole = hasWhole || isWhole
        }
        for size in Self.known { add(size) }
        // Tools that divide a large object by a highest number of parts: to the byte, or rounded up to a MiB.
        add(range.lowerBound)
        if range.lowerBound < Self.largest { add(Self.multiple(of: Self.mebibyte, from: range.lowerBound)) }
        for size in Self.decimal { add(size) }
        let end = min(range.upperBound, Self.largest)
        for step in [1024, 256, 100, 64, 50, 32, 16, 10, 8, 5, 4, 2, 1].map({ $0 * Self.mebibyte }) {
            guard range.lowerBound <= end else { break }
            var size = Self.multiple(of: step, from: range.lowerBound)
            var tried = 0
            while size <= end, sizes.count < limit, tried <= 2 * limit {
                add(size)
                size += step
                tried += 1
            }
        }
        return sizes
    }

    /// The first multiple of `step` from `start` on; both are at most S3's largest part.
    private static func multiple(of step: Int64, from start: Int64) -> Int64 {
        ((start - 1) / step + 1) * step
    }
}
