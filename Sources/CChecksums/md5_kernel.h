// MD5 of LANES independent messages at once, lane i of each vector belonging to message i. Included once for each
// width and instruction set, with KERNEL (the function's name), LANES (4, 8 or 16), TARGET (an attribute) and what
// md5_rounds.h asks for defined.

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define VECTOR JOIN(KERNEL, _vector)
#define TRANSPOSE JOIN(KERNEL, _transpose)

typedef uint32_t VECTOR __attribute__((vector_size(4 * LANES)));

#if LANES == 4
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#elif LANES == 8
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

// A perfect shuffle of the rows, log2(LANES) times, turns rows into columns.
TARGET static inline __attribute__((always_inline)) void TRANSPOSE(VECTOR rows[LANES]) {
    VECTOR shuffled[LANES];
#pragma clang loop unroll(full)
    for (int stage = 1; stage < LANES; stage *= 2) {
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES / 2; i++) {
            shuffled[2 * i] = ZIP_LOW(rows[i], rows[i + LANES / 2]);
            shuffled[2 * i + 1] = ZIP_HIGH(rows[i], rows[i + LANES / 2]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) rows[i] = shuffled[i];
    }
}

TARGET static void KERNEL(uint32_t *const *states, const uint8_t *const *data, size_t blocks) {
    VECTOR a, b, c, d;
    for (int lane = 0; lane < LANES; lane++) {
        a[lane] = states[lane][0];
        b[lane] = states[lane][1];
        c[lane] = states[lane][2];
        d[lane] = states[lane][3];
    }
    for (size_t block = 0; block < blocks; block++) {
        VECTOR words[16];
        for (int part = 0; part < 16; part += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                memcpy(&words[part + lane], data[lane] + 64 * block + 4 * part, sizeof(VECTOR));
            }
            TRANSPOSE(words + part);
        }
        const VECTOR a0 = a, b0 = b, c0 = c, d0 = d;
#define WORD(i) words[i]
        MD5_ROUNDS(WORD, NOTHING)
#undef WORD
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    for (int lane = 0; lane < LANES; lane++) {
        states[lane][0] = a[lane];
        states[lane][1] = b[lane];
        states[lane][2] = c[lane];
        states[lane][3] = d[lane];
    }
}

#undef JOIN2
#undef JOIN
#undef VECTOR
#undef TRANSPOSE
#undef ZIP_LOW
#undef ZIP_HIGH
#undef KERNEL
#undef LANES
