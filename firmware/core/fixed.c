#include "fixed.h"

#include "fixed_tables.h"

uint32_t fixed_log2_q10(uint32_t x) {
  uint32_t zeros = (uint32_t)__builtin_clz(x);
  uint32_t mantissa = (x << zeros) >> 15 & 0xFFFFu;
  const uint16_t *entry = fixed_log2_table + (mantissa >> 10);
  uint32_t rise = (uint16_t)(entry[1] - entry[0]); /* the last entry, 65536, is kept as 0 */
  return ((31u - zeros) << 10) + ((entry[0] + (rise * (mantissa & 1023u) >> 10) + 32u) >> 6);
}

uint32_t fixed_isqrt(uint32_t x) {
  if (x == 0) return 0;
  uint32_t root = 0, bit = 1u << ((31u - (uint32_t)__builtin_clz(x)) & ~1u); /* the largest power of four in x */
  for (; bit != 0; bit >>= 2) {
    uint32_t trial = root + bit;
    root >>= 1;
    if (x >= trial) {
      x -= trial;
      root += bit;
    }
  }
  return root;
}

uint32_t fixed_sigmoid_q15(int32_t score_q8) {
  int32_t at = score_q8 + 2048;
  if (at < 0) at = 0;
  if (at > 4095) at = 4095;
  const uint16_t *entry = fixed_sigmoid_table + (at >> 5);
  return entry[0] + ((uint32_t)(entry[1] - entry[0]) * ((uint32_t)at & 31u) >> 5);
}

uint32_t fixed_power1p5_q15(uint32_t x) {
  return x * fixed_isqrt(x << 15) >> 15;
}
