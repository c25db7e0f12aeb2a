import CChecksums

/// One of the three CRCs: its tables, made once, and the arithmetic on its values.
///
/// All three are reflected, start with all ones and end inverted (zlib; RFC 3720 section 12.1; NVM Express NVM Command Set
/// 1.0, section 5.2.1.3.4).
struct CyclicRedundancyCheck: @unchecked Sendable {
    // Written before the only reference to it is published, and only read afterwards.
    private let model: UnsafePointer<checksums_crc>
    private let width: Int

    private init(reflectedPolynomial: UInt64, width: Int) {
        let model = UnsafeMutablePointer<checksums_crc>.allocate(capacity: 1)
        model.initialize(to: checksums_crc())
        checksums_crc_prepare(model, reflectedPolynomial, CInt(width))
        self.model = UnsafePointer(model)
        self.width = width
    }

    static let crc32 = CyclicRedundancyCheck(reflectedPolynomial: 0xEDB8_8320, width: 32)
    static let crc32c = CyclicRedundancyCheck(reflectedPolynomial: 0x82F6_3B78, width: 32)
    static let crc64nvme = CyclicRedundancyCheck(reflectedPolynomial: 0x9A6C_9329_AC4B_C9B5, width: 64)

    /// Whether this CPU has the carry-less multiplication that makes it fast.
    static var isAccelerated: Bool { checksums_crc_folds() }

    /// The CRC of what `value` is the CRC of (0 for nothing), followed by `bytes`.
    func update(_ value: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        checksums_crc_update(self.model, value, bytes.baseAddress, bytes.count)
    }

    /// `update` by tables alone.
    func updatePortably(_ value: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        checksums_crc_update_portable(self.model, value, bytes.baseAddress, bytes.count)
    }

    /// The CRC of `a‖b` from the CRCs of both and the length of `b` in bytes.
    ///
    /// The all-ones start and the inversion at the end cancel out, so it is `a·x^(8·length) + b` modulo the polynomial.
    func combine(_ a: UInt64, _ b: UInt64, lengthOfB: UInt64) -> UInt64 {
        var shifted = a
        // x^8, then its squares; bit `width - 1 - j` is the coefficient of x^j.
        var power = UInt64(1) << UInt64(self.width - 1 - 8)
        var remaining = lengthOfB
        while remaining > 0 {
            if remaining & 1 == 1 { shifted = self.multiply(shifted, power) }
            power = self.multiply(power, power)
            remaining >>= 1
        }
        return shifted ^ b
    }

    /// The product of two reflected polynomials modulo the CRC's.
    private func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let polynomial = self.model.pointee.polynomial
        var product: UInt64 = 0
        var factor = b
        var mask = UInt64(1) << UInt64(self.width - 1)
        while mask != 0 {
            if a & mask != 0 { product ^= factor }
            factor = (factor >> 1) ^ (factor & 1 == 1 ? polynomial : 0)
            mask >>= 1
        }
        return product
    }

    /// The check of an algorithm; nil for the cryptographic ones.
    static func named(_ algorithm: DigestAlgorithm) -> CyclicRedundancyCheck? {
        switch algorithm {
        case .crc32: .crc32
        case .crc32c: .crc32c
        case .crc64nvme: .crc64nvme
        case .md5, .sha1, .sha256: nil
        }
    }
}

extension Digest {
    /// The CRC as a number; nil for the cryptographic algorithms.
    package var crcValue: UInt64? {
        guard CyclicRedundancyCheck.named(self.algorithm) != nil else { return nil }
        return self.bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The CRC of the bytes of this one followed by those of `next`, which are `length` bytes.
    ///
    /// - Returns: nil where the two are not of one and the same CRC, or `length` is negative.
    package func combined(with next: Digest, ofLength length: Int64) -> Digest? {
        guard self.algorithm == next.algorithm, let check = CyclicRedundancyCheck.named(self.algorithm),
            let a = self.crcValue, let b = next.crcValue, let lengthOfB = UInt64(exactly: length)
        else { return nil }
        return Digest(crc: check.combine(a, b, lengthOfB: lengthOfB), self.algorithm)
    }

    /// `algorithm` is a CRC.
    init(crc value: UInt64, _ algorithm: DigestAlgorithm) {
        let width = algorithm.byteCount
        self.init(
            known: algorithm,
            bytes: (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (width - 1 - $0))) }
        )
    }
}
