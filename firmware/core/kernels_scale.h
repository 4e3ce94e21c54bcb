/** From accumulators to outputs: what the tuned kernels in C share. Equal to lf_requantise and lf_offset_clamp for right shifts. */
#ifndef LF_KERNELS_SCALE_H
#define LF_KERNELS_SCALE_H

#include "kernels.h"

/** Largest right shift of lf_scale; the packer sees to it that accumulators stay below 2^28. */
enum { LF_SCALE_MOST_SHIFT = 21 };

/** What lf_scale needs of a channel. */
typedef struct {
  int32_t bias, multiplier, rounding, shift;
} lf_channel;

static inline lf_channel lf_channel_of(const lf_step *s, const lf_plain *t, uint32_t o) {
  int32_t shift = -t->shift[o * t->next];
  lf_channel c = {t->bias[o], t->multiplier[o * t->next], (2 * s->out_zero + 1) * (1 << (shift - 1)), shift};
  return c;
}

/** Whether lf_scale can do the right shifts of all channels of plain tables (whose size the caller has checked). */
static inline int lf_scale_accepts(const lf_step *s, const uint8_t *data) {
  lf_plain t = lf_plain_tables(s, data);
  for (uint32_t o = 0; o < s->out_c; o++)
    if (t.shift[o * t.next] > -1 || t.shift[o * t.next] < -LF_SCALE_MOST_SHIFT) return 0;
  return 1;
}

#ifdef __ARM_FEATURE_DSP
/** Bytes 0 and 2 of four, widened; bytes 1 and 3. */
static inline int32_t lf_even_bytes(uint32_t four) {
  int32_t pair;
  __asm("sxtb16 %0, %1" : "=r"(pair) : "r"(four));
  return pair;
}
static inline int32_t lf_odd_bytes(uint32_t four) {
  int32_t pair;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(four));
  return pair;
}
#endif

/** Upper word of a * b; b is not negative, which is a little cheaper than lf_upper_word. */
static inline int32_t lf_upper_word_positive(int32_t a, int32_t b) {
#if __ARM_ARCH == 6
  uint32_t a_low = (uint16_t)a, b_low = (uint16_t)b, b_high = (uint32_t)b >> 16;
  int32_t a_high = a >> 16, mixed = a_high * (int32_t)b_low;
  uint32_t middle = (a_low * b_low >> 16) + a_low * b_high + (uint16_t)mixed;
  return a_high * (int32_t)b_high + (mixed >> 16) + (int32_t)(middle >> 16);
#else
  return lf_upper_word(a, b);
#endif
}

/** SaturatingRoundingDoublingHighMul of |sum| < 2^28 and a multiplier that is not negative. */
static inline int32_t lf_high_part(int32_t sum, int32_t multiplier) {
#ifdef __ARM_FEATURE_DSP
  int32_t result;
  __asm("smmulr %0, %1, %2" : "=r"(result) : "r"((int32_t)((uint32_t)sum << 1)), "r"(multiplier));
  return result;
#else
  return (lf_upper_word_positive((int32_t)((uint32_t)sum << 2), multiplier) + 1) >> 1;
#endif
}

/** The same, less one if negative: what a right shift then rounds as RoundingDivideByPOT does. */
static inline int32_t lf_rounded(int32_t sum, int32_t multiplier) {
  int32_t value = lf_high_part(sum, multiplier);
  return value + (value >> 31);
}

static inline int8_t lf_limit(int32_t value, int32_t low, int32_t high) {
#ifdef __ARM_FEATURE_SAT
  if (high - low == 255) {
    __asm("ssat %0, #8, %1" : "=r"(value) : "r"(value));
    return (int8_t)value;
  }
#endif
  value = value < low ? low : value;
  return (int8_t)(value > high ? high : value);
}

/** An accumulator as an output between `low` and `high`. */
static inline int8_t lf_scale(const lf_channel *c, int32_t sum, int32_t low, int32_t high) {
  return lf_limit((lf_rounded(sum, c->multiplier) + c->rounding) >> c->shift, low, high);
}

#endif
