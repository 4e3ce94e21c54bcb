/**
 * MEAN with TFLite's requantisation (table: multiplier, shift; the division by in_w is in the multiplier), and REDUCE_MAX: down the columns of in_w rows of in_c.
 * Four channels of a row are a word, where rows are whole words.
 */
#include "kernels.h"

#ifdef __ARM_FEATURE_DSP
#include <arm_acle.h>
#endif

/** SIGNS turns int8 into counts from 0 on; LANES: bytes 0 and 2; FEW rows add up to less than 2^16 in a lane. */
enum { WORD = 4, FEW = 256 };
#define SIGNS 0x80808080u
#define LANES 0x00FF00FFu

static int32_t sum_of(const int8_t *in, uint32_t count, uint32_t apart) {
  int32_t sum = 0;
#pragma GCC unroll 4
  for (; count > 0; count--, in += apart) sum += *in;
  return sum;
}

static int32_t largest_of(const int8_t *in, uint32_t count, uint32_t apart) {
  int32_t best = *in;
#pragma GCC unroll 4
  for (; count > 0; count--, in += apart) best = *in > best ? *in : best;
  return best;
}

/** Sums of four channels of up to FEW rows, `apart` words from each other. */
static inline void sums_of(const uint32_t *in, uint32_t count, uint32_t apart, int32_t sums[WORD]) {
  const int32_t offset = 128 * (int32_t)count;
  uint32_t even = 0, odd = 0;
#pragma GCC unroll 4
  for (; count > 0; count--, in += apart) {
    const uint32_t four = *in ^ SIGNS;
    even += four & LANES;
    odd += four >> 8 & LANES;
  }
  sums[0] = (int32_t)(even & 0xFFFFu) - offset, sums[1] = (int32_t)(odd & 0xFFFFu) - offset;
  sums[2] = (int32_t)(even >> 16) - offset, sums[3] = (int32_t)(odd >> 16) - offset;
}

static int8_t mean_of(const lf_step *s, const int32_t *table, int32_t sum) {
  return lf_offset_clamp(lf_requantise(sum - s->in_w * s->in_zero, table[0], table[1]), s->out_zero, s->clamp_min, s->clamp_max);
}

static void mean(const lf_step *s, const int32_t *table, const int8_t *in, int8_t *out) {
  const uint32_t count = s->in_w, inner = s->in_c;
  uint32_t c = 0;
  if (inner % WORD == 0 && count <= FEW)
    for (; c < inner; c += WORD) {
      int32_t sums[WORD];
      sums_of((const uint32_t *)(const void *)(in + c), count, inner / WORD, sums);
      for (uint32_t i = 0; i < WORD; i++) *out++ = mean_of(s, table, sums[i]);
    }
  for (; c < inner; c++) *out++ = mean_of(s, table, sum_of(in + c, count, inner));
}

static void maximum(const lf_step *s, const int8_t *in, int8_t *out) {
  const uint32_t count = s->in_w, inner = s->in_c;
  uint32_t c = 0;
#ifdef __ARM_FEATURE_DSP
  if (inner % WORD == 0)
    for (; c < inner; c += WORD, out += WORD) {
      const uint32_t *at = (const uint32_t *)(const void *)(in + c);
      uint32_t best = SIGNS;
#pragma GCC unroll 4
      for (uint32_t left = count; left > 0; left--, at += inner / WORD) {
        (void)__ssub8((int8x4_t)*at, (int8x4_t)best); /* tells SEL which bytes are no smaller */
        best = (uint32_t)__sel((uint8x4_t)*at, (uint8x4_t)best);
      }
      __builtin_memcpy(out, &best, WORD);
    }
#endif
  for (; c < inner; c++) *out++ = (int8_t)(count > 0 ? largest_of(in + c, count, inner) : INT8_MIN);
}

void lf_ref_reduce(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out) {
  for (uint32_t outer = s->in_h; outer > 0; outer--, in += (uint32_t)s->in_w * s->in_c, out += s->in_c) {
    if (s->op == LF_OP_REDUCE_MAX)
      maximum(s, in, out);
    else
      mean(s, (const int32_t *)(const void *)data, in, out);
  }
}
