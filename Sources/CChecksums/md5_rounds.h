// The compression of MD5 (RFC 1321 section 3.4), for one message or for several in vectors.
//
// Before MD5_ROUNDS is used these are to be defined:
//   MD5_SETTLE(x)  keeps the compiler from moving additions over this point. Each step depends on the one before
//                  through `b` alone; left to itself the compiler gathers the constants behind `b`, which makes the
//                  steps longer.
//   MD5_G(a, b, c, d)  adds the second round's function to a.

#define MD5_F(a, b, c, d) a += (d) ^ ((b) & ((c) ^ (d)));
#define MD5_H(a, b, c, d) a += (b) ^ ((c) ^ (d));
#define MD5_I(a, b, c, d) a += (c) ^ ((b) | ~(d));

// Two ways to write round two: with the fewest operations, and with the fewest between `b` and the sum.
#define MD5_G_SHORT(a, b, c, d) a += (c) ^ ((d) & ((b) ^ (c)));
#define MD5_G_QUICK(a, b, c, d) a += (c) & ~(d); MD5_SETTLE(a) a += (b) & (d);

#define MD5_STEP(f, a, b, c, d, m, k, s) \
    a += (m) + UINT32_C(k); MD5_SETTLE(a) MD5_##f(a, b, c, d) a = (a << (s) | a >> (32 - (s))) + b;

// All 64 steps on registers a, b, c and d. `word(i)` is word i of the block; `between(i)` comes after every fourth
// step.
#define MD5_ROUNDS(word, between) \
    MD5_STEP(F, a, b, c, d, word(0), 0xd76aa478, 7) MD5_STEP(F, d, a, b, c, word(1), 0xe8c7b756, 12) \
    MD5_STEP(F, c, d, a, b, word(2), 0x242070db, 17) MD5_STEP(F, b, c, d, a, word(3), 0xc1bdceee, 22) between(0) \
    MD5_STEP(F, a, b, c, d, word(4), 0xf57c0faf, 7) MD5_STEP(F, d, a, b, c, word(5), 0x4787c62a, 12) \
    MD5_STEP(F, c, d, a, b, word(6), 0xa8304613, 17) MD5_STEP(F, b, c, d, a, word(7), 0xfd469501, 22) between(1) \
    MD5_STEP(F, a, b, c, d, word(8), 0x698098d8, 7) MD5_STEP(F, d, a, b, c, word(9), 0x8b44f7af, 12) \
    MD5_STEP(F, c, d, a, b, word(10), 0xffff5bb1, 17) MD5_STEP(F, b, c, d, a, word(11), 0x895cd7be, 22) between(2) \
    MD5_STEP(F, a, b, c, d, word(12), 0x6b901122, 7) MD5_STEP(F, d, a, b, c, word(13), 0xfd987193, 12) \
    MD5_STEP(F, c, d, a, b, word(14), 0xa679438e, 17) MD5_STEP(F, b, c, d, a, word(15), 0x49b40821, 22) between(3) \
    MD5_STEP(G, a, b, c, d, word(1), 0xf61e2562, 5) MD5_STEP(G, d, a, b, c, word(6), 0xc040b340, 9) \
    MD5_STEP(G, c, d, a, b, word(11), 0x265e5a51, 14) MD5_STEP(G, b, c, d, a, word(0), 0xe9b6c7aa, 20) between(4) \
    MD5_STEP(G, a, b, c, d, word(5), 0xd62f105d, 5) MD5_STEP(G, d, a, b, c, word(10), 0x02441453, 9) \
    MD5_STEP(G, c, d, a, b, word(15), 0xd8a1e681, 14) MD5_STEP(G, b, c, d, a, word(4), 0xe7d3fbc8, 20) between(5) \
    MD5_STEP(G, a, b, c, d, word(9), 0x21e1cde6, 5) MD5_STEP(G, d, a, b, c, word(14), 0xc33707d6, 9) \
    MD5_STEP(G, c, d, a, b, word(3), 0xf4d50d87, 14) MD5_STEP(G, b, c, d, a, word(8), 0x455a14ed, 20) between(6) \
    MD5_STEP(G, a, b, c, d, word(13), 0xa9e3e905, 5) MD5_STEP(G, d, a, b, c, word(2), 0xfcefa3f8, 9) \
    MD5_STEP(G, c, d, a, b, word(7), 0x676f02d9, 14) MD5_STEP(G, b, c, d, a, word(12), 0x8d2a4c8a, 20) between(7) \
    MD5_STEP(H, a, b, c, d, word(5), 0xfffa3942, 4) MD5_STEP(H, d, a, b, c, word(8), 0x8771f681, 11) \
    MD5_STEP(H, c, d, a, b, word(11), 0x6d9d6122, 16) MD5_STEP(H, b, c, d, a, word(14), 0xfde5380c, 23) between(8) \
    MD5_STEP(H, a, b, c, d, word(1), 0xa4beea44, 4) MD5_STEP(H, d, a, b, c, word(4), 0x4bdecfa9, 11) \
    MD5_STEP(H, c, d, a, b, word(7), 0xf6bb4b60, 16) MD5_STEP(H, b, c, d, a, word(10), 0xbebfbc70, 23) between(9) \
    MD5_STEP(H, a, b, c, d, word(13), 0x289b7ec6, 4) MD5_STEP(H, d, a, b, c, word(0), 0xeaa127fa, 11) \
    MD5_STEP(H, c, d, a, b, word(3), 0xd4ef3085, 16) MD5_STEP(H, b, c, d, a, word(6), 0x04881d05, 23) between(10) \
    MD5_STEP(H, a, b, c, d, word(9), 0xd9d4d039, 4) MD5_STEP(H, d, a, b, c, word(12), 0xe6db99e5, 11) \
    MD5_STEP(H, c, d, a, b, word(15), 0x1fa27cf8, 16) MD5_STEP(H, b, c, d, a, word(2), 0xc4ac5665, 23) between(11) \
    MD5_STEP(I, a, b, c, d, word(0), 0xf4292244, 6) MD5_STEP(I, d, a, b, c, word(7), 0x432aff97, 10) \
    MD5_STEP(I, c, d, a, b, word(14), 0xab9423a7, 15) MD5_STEP(I, b, c, d, a, word(5), 0xfc93a039, 21) between(12) \
    MD5_STEP(I, a, b, c, d, word(12), 0x655b59c3, 6) MD5_STEP(I, d, a, b, c, word(3), 0x8f0ccc92, 10) \
    MD5_STEP(I, c, d, a, b, word(10), 0xffeff47d, 15) MD5_STEP(I, b, c, d, a, word(1), 0x85845dd1, 21) between(13) \
    MD5_STEP(I, a, b, c, d, word(8), 0x6fa87e4f, 6) MD5_STEP(I, d, a, b, c, word(15), 0xfe2ce6e0, 10) \
    MD5_STEP(I, c, d, a, b, word(6), 0xa3014314, 15) MD5_STEP(I, b, c, d, a, word(13), 0x4e0811a1, 21) between(14) \
    MD5_STEP(I, a, b, c, d, word(4), 0xf7537e82, 6) MD5_STEP(I, d, a, b, c, word(11), 0xbd3af235, 10) \
    MD5_STEP(I, c, d, a, b, word(2), 0x2ad7d2bb, 15) MD5_STEP(I, b, c, d, a, word(9), 0xeb86d391, 21) between(15)
