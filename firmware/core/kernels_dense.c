/** Fully connected layer, two outputs at a time. */
#include "kernels_plain.h"

#ifdef __ARM_FEATURE_DSP
#include <arm_acle.h>
#endif

enum { TOGETHER = 2 };

/** Table of two outputs, then their weights: see layout-plain.ts. */
typedef struct {
  int32_t bias[TOGETHER], multiplier[TOGETHER], shift[TOGETHER];
} group;

/** Inputs come in fours; missing ones have zero weights. */
static uint32_t quads(const lf_step *s) { return (s->in_c + 3u) / 4u; }

static uint32_t group_bytes(const lf_step *s) { return sizeof(group) + quads(s) * 4u * TOGETHER * 2u; }

int lf_dense_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_FULLY_CONNECTED || s->out_h != 1 || s->out_w != s->in_w || s->in_c == 0 || s->out_c == 0) return 0;
  uint32_t groups = (s->out_c + TOGETHER - 1u) / TOGETHER;
  if (s->data_bytes / group_bytes(s) < groups) return 0;
  for (uint32_t g = 0; g < groups; g++) {
    const group *table = (const group *)(const void *)(data + g * group_bytes(s));
    for (uint32_t o = 0; o < TOGETHER; o++)
      if (table->shift[o] < -31 || table->shift[o] > 30) return 0;
  }
  return 1;
}

#ifdef __ARM_FEATURE_DSP
/** Four inputs as SXTB16 splits them, by the weights of two outputs: two words each. */
static inline const int16_t *add_quad(int32_t sum[TOGETHER], uint32_t inputs, const int16_t *weights) {
  const int32_t *w = (const int32_t *)(const void *)weights;
  int32_t outer = (int32_t)__sxtb16(inputs), inner = (int32_t)__sxtb16(inputs >> 8 | inputs << 24);
  for (uint32_t o = 0; o < TOGETHER; o++) sum[o] = __smlad(inner, w[2 * o + 1], __smlad(outer, w[2 * o], sum[o]));
  return weights + 4 * TOGETHER;
}

static void add_row(int32_t sum[TOGETHER], const int8_t *in, uint32_t count, const int16_t *weights) {
  int32_t local[TOGETHER] = {sum[0], sum[1]};
  uint32_t inputs;
  for (; count >= 4; count -= 4, in += 4) {
    __builtin_memcpy(&inputs, in, 4);
    weights = add_quad(local, inputs, weights);
  }
  if (count > 0) {
    inputs = 0;
    for (uint32_t i = 0; i < count; i++) inputs |= (uint32_t)(uint8_t)in[i] << (8u * i);
    add_quad(local, inputs, weights);
  }
  for (uint32_t o = 0; o < TOGETHER; o++) sum[o] = local[o];
}
#else
static void add_row(int32_t sum[TOGETHER], const int8_t *in, uint32_t count, const int16_t *weights) {
  int32_t a = sum[0], b = sum[1];
  for (; count >= 4; count -= 4, in += 4, weights += 4 * TOGETHER) {
    int32_t x = in[0], y = in[1];
    a += x * weights[0];
    b += x * weights[1];
    a += y * weights[2];
    b += y * weights[3];
    x = in[2], y = in[3];
    a += x * weights[4];
    b += x * weights[5];
    a += y * weights[6];
    b += y * weights[7];
  }
  for (; count > 0; count--, weights += TOGETHER) {
    int32_t x = *in++;
    a += x * weights[0];
    b += x * weights[1];
  }
  sum[0] = a, sum[1] = b;
}
#endif

void lf_dense_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  (void)scratch;
  for (uint32_t row = 0; row < s->in_w; row++, in += s->in_c, out += s->out_c) {
    const uint8_t *at = data;
    for (uint32_t first = 0; first < s->out_c; first += TOGETHER, at += group_bytes(s)) {
      const group *table = (const group *)(const void *)at;
      int32_t sum[TOGETHER] = {table->bias[0], table->bias[1]};
      add_row(sum, in, s->in_c, (const int16_t *)(const void *)(table + 1));
      for (uint32_t o = 0; o < TOGETHER && first + o < s->out_c; o++) {
        int32_t value = lf_requantise(sum[o], table->multiplier[o], table->shift[o]);
        out[first + o] = lf_offset_clamp(value, s->out_zero, s->clamp_min, s->clamp_max);
      }
    }
  }
}
