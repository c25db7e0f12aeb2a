#ifndef CCHECKSUMS_LOAD32_H
#define CCHECKSUMS_LOAD32_H

#include <stdint.h>
#include <string.h>

// The little-endian number in the four bytes at `p`, of any alignment.
static inline uint32_t load32(const uint8_t *p) {
    uint32_t value;
    memcpy(&value, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

#endif
