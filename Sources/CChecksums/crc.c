// Folding after V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel,
// 2009), here for any reflected polynomial: the last 16 folded bytes go through the table, so no Barrett step is
// needed.

#include "CChecksums.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <arm_neon.h>
#endif

// x^exponent mod P, with bit 63 - j for x^j.
static uint64_t power_of_x(const struct checksums_crc *crc, int width, unsigned exponent) {
    uint64_t power = UINT64_C(1) << (width - 1);
    for (unsigned i = 0; i < exponent; i++) {
        power = (power >> 1) ^ ((power & 1) ? crc->polynomial : 0);
    }
    return power << (64 - width);
}

void checksums_crc_prepare(struct checksums_crc *crc, uint64_t reflected_polynomial, int width) {
    crc->polynomial = reflected_polynomial;
    crc->mask = UINT64_MAX >> (64 - width);
    for (unsigned byte = 0; byte < 256; byte++) {
        uint64_t value = byte;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ ((value & 1) ? crc->polynomial : 0);
        }
        crc->table[0][byte] = value;
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        for (int k = 1; k < 8; k++) {
            uint64_t before = crc->table[k - 1][byte];
            crc->table[k][byte] = (before >> 8) ^ crc->table[0][before & 0xff];
        }
    }
    // A product of two reflected 64-bit values stands one power of x too high in a reflected 128-bit register, hence
    // the exponents less one; the low half holds the higher powers, hence 64 more for it.
    crc->fold512[0] = power_of_x(crc, width, 512 + 64 - 1);
    crc->fold512[1] = power_of_x(crc, width, 512 - 1);
    crc->fold128[0] = power_of_x(crc, width, 128 + 64 - 1);
    crc->fold128[1] = power_of_x(crc, width, 128 - 1);
}

static uint64_t load64(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static uint64_t table_update(const struct checksums_crc *crc, uint64_t state, const uint8_t *p, size_t length) {
    while (length >= 8) {
        uint64_t v = load64(p) ^ state;
        state = crc->table[7][v & 0xff] ^ crc->table[6][(v >> 8) & 0xff] ^ crc->table[5][(v >> 16) & 0xff]
            ^ crc->table[4][(v >> 24) & 0xff] ^ crc->table[3][(v >> 32) & 0xff] ^ crc->table[2][(v >> 40) & 0xff]
            ^ crc->table[1][(v >> 48) & 0xff] ^ crc->table[0][v >> 56];
        p += 8;
        length -= 8;
    }
    while (length > 0) {
        state = (state >> 8) ^ crc->table[0][(state ^ *p) & 0xff];
        p += 1;
        length -= 1;
    }
    return state;
}

#if defined(__x86_64__)

#define FOLDS __attribute__((target("sse2,pclmul")))
typedef __m128i register128;

bool checksums_crc_folds(void) { return __builtin_cpu_supports("pclmul"); }

FOLDS static inline register128 load128(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
FOLDS static inline void store128(void *p, register128 v) { _mm_storeu_si128((__m128i *)p, v); }
FOLDS static inline register128 xor128(register128 a, register128 b) { return _mm_xor_si128(a, b); }
FOLDS static inline register128 fold(register128 v, register128 constants) {
    return _mm_xor_si128(_mm_clmulepi64_si128(v, constants, 0x00), _mm_clmulepi64_si128(v, constants, 0x11));
}

#elif defined(__aarch64__) && (defined(__linux__) || defined(__APPLE__))

#define FOLDS __attribute__((target("aes")))
typedef poly64x2_t register128;

#if defined(__linux__)
bool checksums_crc_folds(void) { return (getauxval(AT_HWCAP) & HWCAP_PMULL) != 0; }
#else
bool checksums_crc_folds(void) { return true; }
#endif

FOLDS static inline register128 load128(const void *p) { return vreinterpretq_p64_u8(vld1q_u8((const uint8_t *)p)); }
FOLDS static inline void store128(void *p, register128 v) { vst1q_u8((uint8_t *)p, vreinterpretq_u8_p64(v)); }
FOLDS static inline register128 xor128(register128 a, register128 b) {
    return vreinterpretq_p64_u64(veorq_u64(vreinterpretq_u64_p64(a), vreinterpretq_u64_p64(b)));
}
FOLDS static inline register128 fold(register128 v, register128 constants) {
    register128 low = vreinterpretq_p64_p128(vmull_p64(vgetq_lane_p64(v, 0), vgetq_lane_p64(constants, 0)));
    return xor128(low, vreinterpretq_p64_p128(vmull_high_p64(v, constants)));
}

#else

bool checksums_crc_folds(void) { return false; }

#endif

#if defined(FOLDS)

// `length` is at least 64.
FOLDS static uint64_t fold_update(const struct checksums_crc *crc, uint64_t state, const uint8_t *p, size_t length) {
    const uint64_t start[2] = {state, 0};
    register128 a = xor128(load128(p), load128(start));
    register128 b = load128(p + 16);
    register128 c = load128(p + 32);
    register128 d = load128(p + 48);
    p += 64;
    length -= 64;
    const register128 by512 = load128(crc->fold512);
    while (length >= 64) {
        a = xor128(fold(a, by512), load128(p));
        b = xor128(fold(b, by512), load128(p + 16));
        c = xor128(fold(c, by512), load128(p + 32));
        d = xor128(fold(d, by512), load128(p + 48));
        p += 64;
        length -= 64;
    }
    const register128 by128 = load128(crc->fold128);
    b = xor128(fold(a, by128), b);
    c = xor128(fold(b, by128), c);
    d = xor128(fold(c, by128), d);
    while (length >= 16) {
        d = xor128(fold(d, by128), load128(p));
        p += 16;
        length -= 16;
    }
    uint8_t rest[16];
    store128(rest, d);
    return table_update(crc, table_update(crc, 0, rest, sizeof rest), p, length);
}

#endif

uint64_t checksums_crc_update_portable(
    const struct checksums_crc *crc, uint64_t value, const void *data, size_t length) {
    return table_update(crc, value ^ crc->mask, data, length) ^ crc->mask;
}

uint64_t checksums_crc_update(const struct checksums_crc *crc, uint64_t value, const void *data, size_t length) {
#if defined(FOLDS)
    if (length >= 64 && checksums_crc_folds()) {
        return fold_update(crc, value ^ crc->mask, data, length) ^ crc->mask;
    }
#endif
    return checksums_crc_update_portable(crc, value, data, length);
}
