#include "mem.h"

#include <stdint.h>

/* To be compiled with -fno-tree-loop-distribute-patterns, or gcc may turn these loops into calls of themselves. */

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if ((((uintptr_t)d | (uintptr_t)s) & 3u) == 0) {
    uint32_t *dw = (uint32_t *)(void *)d;
    const uint32_t *sw = (const uint32_t *)(const void *)s;
    for (; bytes >= 16; bytes -= 16) {
      uint32_t w0 = sw[0], w1 = sw[1], w2 = sw[2], w3 = sw[3];
      dw[0] = w0, dw[1] = w1, dw[2] = w2, dw[3] = w3;
      dw += 4, sw += 4;
    }
    for (; bytes >= 4; bytes -= 4) *dw++ = *sw++;
    d = (uint8_t *)dw;
    s = (const uint8_t *)sw;
  }
  while (bytes-- > 0) *d++ = *s++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if ((uintptr_t)d <= (uintptr_t)s) return memcpy(to, from, bytes);
  while (bytes-- > 0) d[bytes] = s[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *d = to;
  for (; bytes > 0 && ((uintptr_t)d & 3u) != 0; bytes--) *d++ = (uint8_t)value;
  uint32_t word = (uint32_t)(uint8_t)value * 0x01010101u;
  for (; bytes >= 4; bytes -= 4, d += 4) *(uint32_t *)(void *)d = word;
  while (bytes-- > 0) *d++ = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const uint8_t *x = a, *y = b;
  for (; bytes > 0; bytes--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}
