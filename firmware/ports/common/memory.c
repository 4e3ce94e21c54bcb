/** The four functions that GCC may call by itself even in freestanding code. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *left, const void *right, size_t count);

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 3u) == 0) {
        for (; count >= 4; count -= 4, out += 4, in += 4) *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
    }
    while (count-- != 0) *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t count) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= count) return memcpy(to, from, count);
    while (count-- != 0) out[count] = in[count];
    return to;
}

void *memset(void *to, int value, size_t count) {
    uint8_t *out = to;
    uint8_t byte = (uint8_t)value;
    for (; count != 0 && ((uintptr_t)out & 3u) != 0; count--) *out++ = byte;
    uint32_t word = byte * 0x01010101u;
    for (; count >= 4; count -= 4, out += 4) *(uint32_t *)(void *)out = word;
    while (count-- != 0) *out++ = byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t count) {
    const uint8_t *a = left, *b = right;
    for (; count != 0; count--, a++, b++) {
        if (*a != *b) return *a - *b;
    }
    return 0;
}
