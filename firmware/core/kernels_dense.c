/** Fully connected layer, two outputs at a time, on plain tables. */
#include "kernels_plain.h"
#include "kernels_scale.h"

#ifdef __ARM_FEATURE_DSP
#include <arm_acle.h>
#endif

int lf_dense_accepts(const lf_step *s, const uint8_t *data) {
  return s->op == LF_OP_FULLY_CONNECTED && s->in_c > 0 && s->out_c > 0 && lf_ref_accepts(s, data) && lf_scale_accepts(s, data);
}

/** Adds the inputs times two rows of weights to two sums. */
static inline void dot_two(int32_t sum[2], const int8_t *in, uint32_t count, const int8_t *first, const int8_t *second) {
  int32_t a = sum[0], b = sum[1];
#ifdef __ARM_FEATURE_DSP
  for (; count >= 4; count -= 4, in += 4, first += 4, second += 4) {
    uint32_t x, v, w; /* unaligned words */
    __builtin_memcpy(&x, in, 4);
    __builtin_memcpy(&v, first, 4);
    __builtin_memcpy(&w, second, 4);
    int32_t even = lf_even_bytes(x), odd = lf_odd_bytes(x);
    a = __smlad(even, lf_even_bytes(v), a);
    b = __smlad(even, lf_even_bytes(w), b);
    a = __smlad(odd, lf_odd_bytes(v), a);
    b = __smlad(odd, lf_odd_bytes(w), b);
  }
#else
#pragma GCC unroll 4
#endif
  for (uint32_t i = 0; i < count; i++) {
    int32_t x = in[i];
    a += x * first[i];
    b += x * second[i];
  }
  sum[0] = a, sum[1] = b;
}

static int32_t dot_wide(int32_t sum, const int8_t *in, uint32_t count, const int16_t *weights) {
  for (; count > 0; count--) sum += *in++ * *weights++;
  return sum;
}

/** How sums become outputs; in registers or on the stack, where stores of outputs cannot change it. */
typedef struct {
  const int32_t *bias, *multiplier;
  const int8_t *shift;
  uint32_t next;
  int32_t twice_zero, low, high;
} finish;

static inline int8_t output(const finish *f, uint32_t o, int32_t sum) {
  int32_t shift = -f->shift[o * f->next];
  lf_channel channel = {0, f->multiplier[o * f->next], (f->twice_zero + 1) * (1 << (shift - 1)), shift};
  return lf_scale(&channel, sum, f->low, f->high);
}

void lf_dense_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  (void)scratch;
  const lf_plain t = lf_plain_tables(s, data);
  const finish f = {t.bias, t.multiplier, t.shift, t.next, 2 * s->out_zero, s->clamp_min, s->clamp_max};
  const uint32_t inputs = s->in_c, outputs = s->out_c;
  const int wide = (s->flags & LF_STEP_WIDE_WEIGHTS) != 0;
  for (uint32_t row = s->in_w; row > 0; row--, in += inputs) {
    const int8_t *weights = t.weights;
    uint32_t o = 0;
    if (wide) {
      for (const int16_t *w = t.weights; o < outputs; o++, w += inputs) *out++ = output(&f, o, dot_wide(f.bias[o], in, inputs, w));
      continue;
    }
    for (; o + 1u < outputs; o += 2, weights += 2u * inputs) {
      int32_t sum[2] = {f.bias[o], f.bias[o + 1u]};
      dot_two(sum, in, inputs, weights, weights + inputs);
      *out++ = output(&f, o, sum[0]);
      *out++ = output(&f, o + 1u, sum[1]);
    }
    if (o < outputs) {
      int32_t sum[2] = {f.bias[o], 0};
      dot_two(sum, in, inputs, weights, weights);
      *out++ = output(&f, o, sum[0]);
    }
  }
}
