/** Fully connected layer, two outputs at a time (four on a Cortex-M3), on plain tables. */
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

#ifdef __ARM_ARCH_7M__
/*
 * Adds the inputs times up to four rows of weights to four sums: 14 cycles an input, as loads that stand together take one cycle
 * each but the first. r0-r3: sums, r4-r7: rows, r8: inputs, r9: input, r10-r12, lr: weights.
 */
#define IN_REGISTER __attribute__((unused))
#define ELEMENT                                                                                              \
  "ldrsb r9, [r8], #1\n\t ldrsb r10, [r4], #1\n\t ldrsb r11, [r5], #1\n\t ldrsb r12, [r6], #1\n\t ldrsb lr, [r7], #1\n\t" \
  "mla r0, r9, r10, r0\n\t mla r1, r9, r11, r1\n\t mla r2, r9, r12, r2\n\t mla r3, r9, lr, r3\n\t"
#define FOUR_ELEMENTS ELEMENT ELEMENT ELEMENT ELEMENT
__attribute__((naked, noinline)) static void dot_four(IN_REGISTER const int8_t *in, IN_REGISTER uint32_t count,
                                                      IN_REGISTER const int8_t *const rows[4], IN_REGISTER int32_t sums[4]) {
  __asm volatile(
      "push {r2-r11, lr}\n\t"
      "mov r8, r0\n\t add r9, r0, r1\n\t str r9, [sp]\n\t"
      "ands r10, r1, #15\n\t it eq\n\t moveq r10, #16\n\t"
      "ldm r2, {r4-r7}\n\t ldm r3, {r0-r3}\n\t"
      /* enter so that the last r10 elements of 36 bytes each run */
      "add r10, r10, r10, lsl #3\n\t adr.w r9, 2f\n\t sub r9, r9, r10, lsl #2\n\t mov pc, r9\n\t"
      ".balign 4\n"
      "1:\n\t" FOUR_ELEMENTS FOUR_ELEMENTS FOUR_ELEMENTS FOUR_ELEMENTS "\n"
      "2:\n\t"
      "ldr r9, [sp]\n\t cmp r8, r9\n\t bne 1b\n\t"
      "ldr r9, [sp, #4]\n\t stm r9, {r0-r3}\n\t"
      "pop {r2-r11, pc}\n");
}
#endif

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
#ifdef __ARM_ARCH_7M__
  const lf_channel common = lf_channel_of(s, &t, 0);
  const int alike = f.next == 0 && f.low == -128 && f.high == 127;
#endif
  const int wide = (s->flags & LF_STEP_WIDE_WEIGHTS) != 0;
  for (uint32_t row = s->in_w; row > 0; row--, in += inputs) {
    const int8_t *weights = t.weights;
    uint32_t o = 0;
    if (wide) {
      for (const int16_t *w = t.weights; o < outputs; o++, w += inputs) *out++ = output(&f, o, dot_wide(f.bias[o], in, inputs, w));
      continue;
    }
#ifdef __ARM_ARCH_7M__
    for (; o + 2u < outputs; weights += 4u * inputs) {
      const uint32_t count = outputs - o < 4 ? 3 : 4, last = count - 1u; /* of three rows the last is taken twice */
      const int32_t *bias = f.bias + o;
      const int8_t *rows[4] = {weights, weights + inputs, weights + 2u * inputs, weights + last * inputs};
      int32_t sums[4] = {bias[0], bias[1], bias[2], bias[last]};
      dot_four(in, inputs, rows, sums);
      if (alike) {
        const int32_t multiplier = common.multiplier, rounding = common.rounding, shift = common.shift;
        for (uint32_t i = 0; i < count; i++) *out++ = lf_limit((lf_rounded(sums[i], multiplier) + rounding) >> shift, -128, 127);
        o += count;
      } else {
        for (uint32_t i = 0; i < count; i++, o++) *out++ = output(&f, o, sums[i]);
      }
    }
#endif
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
