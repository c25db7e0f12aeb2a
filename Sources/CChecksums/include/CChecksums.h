// The parts of Checksums that need particular CPU instructions, each with a routine for every other CPU: reflected
// CRCs of up to 64 bits by carry-less multiplication, and MD5 of several messages at once.

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

// The instructions to compute several MD5s at once with.
enum checksums_md5_set {
    // One after the other.
    checksums_md5_scalar,
    // SSE2 or NEON, which every x86-64 and AArch64 CPU has.
    checksums_md5_base,
    checksums_md5_avx2,
    checksums_md5_avx512,
};

// The widest set of this CPU.
enum checksums_md5_set checksums_md5_best_set(void);

// How many messages a set does at once; 1 for none at once, also where this machine has no such instructions to build
// for.
size_t checksums_md5_width(enum checksums_md5_set set);

// Continues one MD5, whose `state` is four words, with `blocks` blocks of 64 bytes.
void checksums_md5_blocks(uint32_t *state, const uint8_t *data, size_t blocks);

// Continues `count` MD5s, each with `blocks` blocks of 64 bytes of its own. `set` must be one this CPU has.
void checksums_md5_lane_blocks(
    enum checksums_md5_set set, size_t count, uint32_t *_Nonnull const *_Nonnull states,
    const uint8_t *_Nonnull const *_Nonnull data, size_t blocks);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#endif
