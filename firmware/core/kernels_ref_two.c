/**
 * Steps of two inputs, on every core. sum: what each of the 256 counts of an input adds stands in a table, so that a value takes two
 * loads and one requantisation; exactly TFLite's ADD and SUB.
 */
#include "kernels.h"

enum { COUNTS = 256 };

static uint32_t values(const lf_step *s) { return (uint32_t)s->in_h * s->in_w * s->in_c; }

static void sum(const lf_step *s, const int32_t *table, const int8_t *in, const int8_t *second, int8_t *out) {
  const int32_t *a = table + COUNTS / 2, *b = a + COUNTS, multiplier = table[2 * COUNTS], shift = table[2 * COUNTS + 1];
  const int32_t zero = s->out_zero, low = s->clamp_min, high = s->clamp_max;
  for (uint32_t left = values(s); left > 0; left--)
    *out++ = lf_offset_clamp(lf_requantise(a[*in++] + b[*second++], multiplier, shift), zero, low, high);
}

static void product(const lf_step *s, const int32_t *table, const int8_t *in, const int8_t *second, int8_t *out) {
  const int32_t multiplier = table[0], shift = table[1], first_zero = s->in_zero, second_zero = table[2];
  for (uint32_t left = values(s); left > 0; left--) {
    int32_t value = (*in++ - first_zero) * (*second++ - second_zero);
    *out++ = lf_offset_clamp(lf_requantise(value, multiplier, shift), s->out_zero, s->clamp_min, s->clamp_max);
  }
}

void lf_ref_run_two(const lf_step *s, const uint8_t *data, const int8_t *in, const int8_t *second, int8_t *out) {
  const int32_t *table = (const int32_t *)(const void *)data;
  if (s->op == LF_OP_SUM)
    sum(s, table, in, second, out);
  else
    product(s, table, in, second, out);
}
