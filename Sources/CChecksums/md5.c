// MD5 of one message and of several at once. One message is bound by the latency of its 64 dependent steps a block, so
// that a core does several in the time of one; wider vectors do more.

#include "CChecksums.h"
#include "load32.h"
#include "md5_rounds.h"

#include <string.h>

#define NOTHING(i)

#define MD5_SETTLE(x) __asm__("" : "+r"(x));
#define MD5_G MD5_G_QUICK

void checksums_md5_blocks(uint32_t *state, const uint8_t *data, size_t blocks) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (; blocks > 0; blocks--, data += 64) {
        const uint32_t a0 = a, b0 = b, c0 = c, d0 = d;
#define WORD(i) load32(data + 4 * (i))
        MD5_ROUNDS(WORD, NOTHING)
#undef WORD
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
}

#undef MD5_SETTLE
#undef MD5_G

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && (defined(__x86_64__) || defined(__aarch64__))
#define HAS_LANES 1

// Registers of the set as wide as the vector: an empty asm can name one.
#if defined(__x86_64__)
#define MD5_SETTLE(x) __asm__("" : "+x"(x));
#else
#define MD5_SETTLE(x) __asm__("" : "+w"(x));
#endif
#define MD5_G MD5_G_QUICK

#define TARGET
#define KERNEL md5_base_4
#define LANES 4
#include "md5_kernel.h"
#undef TARGET

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2")))
#define KERNEL md5_avx2_8
#define LANES 8
#include "md5_kernel.h"
#undef TARGET

#undef MD5_SETTLE
#undef MD5_G
#define MD5_SETTLE(x) __asm__("" : "+v"(x));
// One instruction does any function of three operands.
#define MD5_G MD5_G_SHORT
#define TARGET __attribute__((target("avx512f,avx512vl")))

#define KERNEL md5_avx512_4
#define LANES 4
#include "md5_kernel.h"

#define KERNEL md5_avx512_8
#define LANES 8
#include "md5_kernel.h"

#define KERNEL md5_avx512_16
#define LANES 16
#include "md5_kernel.h"
#undef TARGET

#endif

// Each vector in two registers: twice the work, in which one half's steps hide the latency of the other's.
#undef MD5_SETTLE
#undef MD5_G
#define MD5_SETTLE(x)
#define MD5_G MD5_G_QUICK

#define TARGET
#define KERNEL md5_base_8
#define LANES 8
#include "md5_kernel.h"
#undef TARGET

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define KERNEL md5_avx2_16
#define LANES 16
#include "md5_kernel.h"
#undef TARGET
#endif

#endif

struct kernel {
    size_t lanes;
    void (*run)(uint32_t *const *states, const uint8_t *const *data, size_t blocks);
};

// The kernels of an instruction set, narrowest first; an entry of 0 lanes ends the list.
static const struct kernel *kernels(enum checksums_md5_set set) {
#if defined(HAS_LANES)
    static const struct kernel base[] = {{4, md5_base_4}, {8, md5_base_8}, {0, 0}};
#if defined(__x86_64__)
    static const struct kernel avx2[] = {{4, md5_base_4}, {8, md5_avx2_8}, {16, md5_avx2_16}, {0, 0}};
    static const struct kernel avx512[] = {{4, md5_avx512_4}, {8, md5_avx512_8}, {16, md5_avx512_16}, {0, 0}};
    if (set == checksums_md5_avx512) return avx512;
    if (set == checksums_md5_avx2) return avx2;
#endif
    if (set == checksums_md5_base) return base;
#endif
    (void)set;
    static const struct kernel none[] = {{0, 0}};
    return none;
}

enum checksums_md5_set checksums_md5_best_set(void) {
#if defined(HAS_LANES)
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return checksums_md5_avx512;
    if (__builtin_cpu_supports("avx2")) return checksums_md5_avx2;
#endif
    return checksums_md5_base;
#else
    return checksums_md5_scalar;
#endif
}

size_t checksums_md5_width(enum checksums_md5_set set) {
    size_t width = 1;
    for (const struct kernel *k = kernels(set); k->lanes > 0; k++) width = k->lanes;
    return width;
}

void checksums_md5_lane_blocks(
    enum checksums_md5_set set, size_t count, uint32_t *const *states, const uint8_t *const *data, size_t blocks) {
    const struct kernel *list = kernels(set);
    while (count >= 2 && list->lanes > 0) {
        const struct kernel *kernel = list;
        while (kernel->lanes < count && kernel[1].lanes > 0) kernel++;
        size_t used = count < kernel->lanes ? count : kernel->lanes;
        // Idle lanes do the first message again, and so write what it writes.
        uint32_t *lane_states[16];
        const uint8_t *lane_data[16];
        for (size_t i = 0; i < kernel->lanes; i++) {
            lane_states[i] = states[i < used ? i : 0];
            lane_data[i] = data[i < used ? i : 0];
        }
        kernel->run(lane_states, lane_data, blocks);
        states += used;
        data += used;
        count -= used;
    }
    for (size_t i = 0; i < count; i++) checksums_md5_blocks(states[i], data[i], blocks);
}
