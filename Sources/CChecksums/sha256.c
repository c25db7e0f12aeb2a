// SHA-256 (FIPS 180-4) with the SHA instructions of x86: of one message, of two at once, and of one together with its
// MD5.
//
// One message leaves most of a core idle, as its rounds wait for each other. Two messages fill that, and so does MD5,
// which waits in other execution units: both digests together take hardly longer than MD5 alone.

#include "CChecksums.h"

#if defined(__x86_64__)

#include "load32.h"
#include "md5_rounds.h"

#include <cpuid.h>
#include <immintrin.h>

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

// The state as the instructions want it: A, B, E and F in one register, C, D, G and H in another.
struct state {
    __m128i abef, cdgh;
};

TARGET static inline struct state load_state(const uint32_t *words) {
    __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)words), 0xB1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(words + 4)), 0x1B);
    return (struct state){_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xF0)};
}

TARGET static inline void store_state(uint32_t *words, struct state state) {
    __m128i feba = _mm_shuffle_epi32(state.abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

TARGET static inline struct state add(struct state a, struct state b) {
    return (struct state){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

TARGET static inline void load_block(__m128i words[4], const uint8_t *data) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    for (int i = 0; i < 4; i++) {
        words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + 16 * i)), big_endian);
    }
}

// Rounds 4i to 4i + 3, and the message words of four rounds that are sixteen later.
TARGET static inline __attribute__((always_inline)) void four_rounds(struct state *state, __m128i words[4], int i) {
    __m128i sum = _mm_add_epi32(words[i & 3], _mm_loadu_si128((const __m128i *)(constants + 4 * i)));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0E));
    if (i < 12) {
        __m128i next = _mm_sha256msg1_epu32(words[i & 3], words[(i + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(words[(i + 3) & 3], words[(i + 2) & 3], 4));
        words[i & 3] = _mm_sha256msg2_epu32(next, words[(i + 3) & 3]);
    }
}

bool checksums_sha256_has_instructions(void) {
    unsigned eax, ebx, ecx, edx;
    bool has_sha = __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & (1u << 29)) != 0;
    return has_sha && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

TARGET void checksums_sha256_blocks(uint32_t *state, const uint8_t *data, size_t blocks) {
    struct state s = load_state(state);
    for (; blocks > 0; blocks--, data += 64) {
        const struct state before = s;
        __m128i words[4];
        load_block(words, data);
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) four_rounds(&s, words, i);
        s = add(s, before);
    }
    store_state(state, s);
}

TARGET void checksums_sha256_two_blocks(
    uint32_t *first_state, const uint8_t *first_data, uint32_t *second_state, const uint8_t *second_data,
    size_t blocks) {
    struct state s = load_state(first_state), t = load_state(second_state);
    for (; blocks > 0; blocks--, first_data += 64, second_data += 64) {
        const struct state s_before = s, t_before = t;
        __m128i s_words[4], t_words[4];
        load_block(s_words, first_data);
        load_block(t_words, second_data);
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) {
            four_rounds(&s, s_words, i);
            four_rounds(&t, t_words, i);
        }
        s = add(s, s_before);
        t = add(t, t_before);
    }
    store_state(first_state, s);
    store_state(second_state, t);
}

#define MD5_SETTLE(x) __asm__("" : "+r"(x));
#define MD5_G MD5_G_QUICK

TARGET void checksums_md5_sha256_blocks(
    uint32_t *md5_state, uint32_t *sha256_state, const uint8_t *data, size_t blocks) {
    struct state s = load_state(sha256_state);
    uint32_t a = md5_state[0], b = md5_state[1], c = md5_state[2], d = md5_state[3];
    for (; blocks > 0; blocks--, data += 64) {
        const struct state before = s;
        const uint32_t a0 = a, b0 = b, c0 = c, d0 = d;
        __m128i words[4];
        load_block(words, data);
#define WORD(i) load32(data + 4 * (i))
#define BETWEEN(i) four_rounds(&s, words, i);
        MD5_ROUNDS(WORD, BETWEEN)
#undef WORD
#undef BETWEEN
        s = add(s, before);
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    store_state(sha256_state, s);
    md5_state[0] = a;
    md5_state[1] = b;
    md5_state[2] = c;
    md5_state[3] = d;
}

#else

bool checksums_sha256_has_instructions(void) { return false; }

// Never called, as the above says.
void checksums_sha256_blocks(uint32_t *state, const uint8_t *data, size_t blocks) {
    (void)state, (void)data, (void)blocks;
}

void checksums_sha256_two_blocks(
    uint32_t *first_state, const uint8_t *first_data, uint32_t *second_state, const uint8_t *second_data,
    size_t blocks) {
    (void)first_state, (void)first_data, (void)second_state, (void)second_data, (void)blocks;
}

void checksums_md5_sha256_blocks(
    uint32_t *md5_state, uint32_t *sha256_state, const uint8_t *data, size_t blocks) {
    (void)md5_state, (void)sha256_state, (void)data, (void)blocks;
}

#endif
