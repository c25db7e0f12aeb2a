/// Part sizes of multipart uploads.
package enum PartSize {
    /// What HyP3 uploads with (boto3's default), in bytes.
    package static let usual: Int64 = 8 << 20

    /// Bytes of the parts seen in practice, HyP3's first, then by how common their tools are: the S3 minimum and rclone (5),
    /// AWS CLI settings (16, 32, 64, 128), s3fs and others (10, 15, 20, 25, 50), Hadoop and the S3 console (64, 100, …).
    static let known: [Int64] = [8, 5, 16, 64, 100, 15, 10, 32, 128, 50, 20, 25, 256, 512, 1024].map { $0 << 20 }

    /// How many parts an object of `total` bytes has; nothing at all is still one part. Zero or less counts as 1 byte a part.
    package static func parts(of total: Int64, size: Int64) -> Int64 {
        let size = max(1, size)
        return total <= 0 ? 1 : (total - 1) / size + 1
    }

    /// The part sizes, likeliest first, that cut `total` bytes into exactly `parts` parts.
    ///
    /// Besides the known sizes it gives the smallest whole number of MiB that does, which tools take that divide a large
    /// object by a highest number of parts. One part is always the whole object, so then there is one answer.
    package static func candidatePartSizes(total: Int64, parts: Int) -> [Int64] {
        guard total >= 0, let parts = Int64(exactly: parts), parts >= 1 else { return [] }
        if parts == 1 { return [known.first { $0 >= total } ?? total] }
        var sizes = known.filter { self.parts(of: total, size: $0) == parts }
        guard total > 0 else { return [] }
        let mebibyte: Int64 = 1 << 20
        let even = (total - 1) / parts + 1
        let rounded = ((even - 1) / mebibyte + 1).multipliedReportingOverflow(by: mebibyte)
        if !rounded.overflow, self.parts(of: total, size: rounded.partialValue) == parts,
            !sizes.contains(rounded.partialValue)
        {
            sizes.append(rounded.partialValue)
        }
        return sizes
    }
}
