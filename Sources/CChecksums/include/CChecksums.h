// The parts of Checksums that need CPU intrinsics: reflected CRCs of up to 64 bits by carry-less multiplication, with
// a table routine for every other CPU.

#ifndef CCHECKSUMS_H
#define CCHECKSUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// One reflected CRC whose register starts as all ones and is inverted at the end. Filled once by
// `checksums_crc_prepare` and only read afterwards, so any number of threads may share it.
struct checksums_crc {
    // The polynomial in reflected form: bit `width - 1 - j` is the coefficient of x^j.
    uint64_t polynomial;
    // `width` one bits.
    uint64_t mask;
    // Fold constants for 512 and for 128 bits ahead, for the low and for the high half of a register.
    uint64_t fold512[2];
    uint64_t fold128[2];
    // Slicing-by-8: `table[k][b]` is the register after byte `b` and `k` zero bytes.
    uint64_t table[8][256];
};

// `width` is 8 to 64 bits.
void checksums_crc_prepare(struct checksums_crc *crc, uint64_t reflected_polynomial, int width);

// The CRC of what `value` is the CRC of (0 for nothing), followed by `length` bytes at `data`; as zlib's `crc32`.
uint64_t checksums_crc_update(
    const struct checksums_crc *crc, uint64_t value, const void *_Nullable data, size_t length);

// The same by tables alone, whatever the CPU can do.
uint64_t checksums_crc_update_portable(
    const struct checksums_crc *crc, uint64_t value, const void *_Nullable data, size_t length);

// Whether `checksums_crc_update` folds with carry-less multiplication on this CPU.
bool checksums_crc_folds(void);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#endif
