/** Fully connected layer, two outputs at a time (four on a Cortex-M3), on plain tables. */
#include <stddef.h>

#include "kernels_plain.h"
#include "kernels_scale.h"

#ifdef __ARM_FEATURE_DSP
#include <arm_acle.h>

#include "kernels_m4_job.h"
#elif __ARM_ARCH == 6
#include "kernels_m0p_four.h"
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

#ifdef __ARM_ARCH_7M__
/** Fours of outputs, all scaled alike to the full range; the assembler loads the fields in this order. */
typedef struct {
  const int8_t *row; /* weights of the first output */
  uint32_t inputs;
  const int8_t *in;
  const int32_t *bias;
  int32_t multiplier, rounding, shift;
  int8_t *out;
  uint32_t fours; /* at least 1 */
} fours_job;
_Static_assert(offsetof(fours_job, bias) == 12 && offsetof(fours_job, multiplier) == 16 && offsetof(fours_job, fours) == 32, "offsets in dense_fours");

/* lf_scale of four times a sum by r4-r6. */
#define FINISH(sum)                                                                                                      \
  "lsl " sum ", " sum ", #2\n\t smull r11, " sum ", " sum ", r4\n\t"                                                   \
  "add " sum ", " sum ", #1\n\t asr " sum ", " sum ", #1\n\t add " sum ", " sum ", " sum ", asr #31\n\t"              \
  "add " sum ", " sum ", r5\n\t asr " sum ", " sum ", r6\n\t ssat " sum ", #8, " sum "\n\t strb " sum ", [r7], #1\n\t"
/* As dot_four, then outputs. On the stack: job, end of the inputs, where the first round enters. */
__attribute__((naked, noinline)) static void dense_fours(IN_REGISTER fours_job *job) {
  __asm volatile(
      "push {r0-r2, r4-r11, lr}\n\t"
      "ldrd r1, r2, [r0, #4]\n\t add r2, r2, r1\n\t str r2, [sp, #4]\n\t"
      "ands r1, r1, #15\n\t it eq\n\t moveq r1, #16\n\t"
      "add r1, r1, r1, lsl #3\n\t adr.w r2, 3f\n\t sub r2, r2, r1, lsl #2\n\t add r2, r2, #1\n\t str r2, [sp, #8]\n"
      "1:\n\t"
      "ldr r12, [sp]\n\t"
      "ldm r12, {r4, r9, r10}\n\t mov r8, r10\n\t ldr r10, [r12, #12]\n\t ldm r10!, {r0-r3}\n\t str r10, [r12, #12]\n\t"
      "add r5, r4, r9\n\t add r6, r5, r9\n\t add r7, r6, r9\n\t add r10, r7, r9\n\t str r10, [r12]\n\t"
      "ldr r9, [sp, #8]\n\t bx r9\n\t"
      ".balign 4\n"
      "2:\n\t" FOUR_ELEMENTS FOUR_ELEMENTS FOUR_ELEMENTS FOUR_ELEMENTS "\n"
      "3:\n\t"
      "ldr r9, [sp, #4]\n\t cmp r8, r9\n\t bne 2b\n\t"
      "ldr r12, [sp]\n\t add r10, r12, #16\n\t ldm r10, {r4-r7}\n\t"
      FINISH("r0") FINISH("r1") FINISH("r2") FINISH("r3")
      "ldr r0, [r12, #32]\n\t str r7, [r12, #28]\n\t subs r0, r0, #1\n\t str r0, [r12, #32]\n\t"
      "bne 1b\n\t"
      "add sp, #12\n\t pop {r4-r11, pc}\n");
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

#if __ARM_ARCH == 6
/** As many fours of outputs as there are; rows of weights are the four runs, the inputs the one. @return how many outputs */
static uint32_t run_fours(const finish *f, const int8_t *in, uint32_t inputs, uint32_t outputs, const int8_t *rows, int8_t *out) {
  if (outputs < 4 || f->next != 0 || f->low != -128 || f->high != 127) return 0;
  const int32_t shift = -f->shift[0];
  lf_m0p_dense_job job = {
      .row_end = rows + inputs,
      .inputs = inputs,
      .in_end = in + inputs,
      .bias = f->bias,
      .multiplier = f->multiplier[0],
      .rounding = (f->twice_zero + 1) * (1 << (shift - 1)),
      .shift = shift,
      .out = out,
      .fours = outputs / 4u,
  };
  lf_m0p_dense_fours(&job);
  return outputs & ~3u;
}

/** Three or four outputs. @return how many */
static uint32_t run_some(const finish *f, const int8_t *in, uint32_t inputs, uint32_t outputs, uint32_t o, const int8_t *row, int8_t *out) {
  const uint32_t count = outputs - o < 4 ? 3 : 4, last = count - 1u; /* of three rows the last is taken twice */
  const int32_t *bias = f->bias + o;
  const int8_t *end = row + inputs;
  const int8_t *const ends[4] = {end, end + inputs, end + 2u * inputs, end + last * inputs};
  int32_t sums[4] = {bias[0], bias[1], bias[2], bias[last]};
  lf_m0p_dot_four(ends, -(int32_t)inputs, in + inputs, sums);
  for (uint32_t i = 0; i < count; i++) out[i] = output(f, o + i, sums[i]);
  return count;
}
#endif

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
#ifdef __ARM_FEATURE_DSP
    if (outputs == 3 && inputs % 8u == 0) {
      int32_t sums[3] = {f.bias[0], f.bias[1], f.bias[2]};
      lf_m4_dense_three(in, inputs, weights, sums);
      for (; o < 3; o++) *out++ = output(&f, o, sums[o]);
      continue;
    }
#elif __ARM_ARCH == 6
    o = run_fours(&f, in, inputs, outputs, weights, out);
    out += o;
    for (weights += o * inputs; o + 2u < outputs; weights += 4u * inputs) {
      const uint32_t count = run_some(&f, in, inputs, outputs, o, weights, out);
      out += count;
      o += count;
    }
#endif
#ifdef __ARM_ARCH_7M__
    if (alike && outputs >= 4) {
      fours_job job = {weights, inputs, in, f.bias, common.multiplier, common.rounding, common.shift, out, outputs / 4u};
      dense_fours(&job);
      o = outputs & ~3u;
      out += o;
      weights += o * inputs;
    }
    for (; o + 2u < outputs; weights += 4u * inputs) {
      const uint32_t count = outputs - o < 4 ? 3 : 4, last = count - 1u; /* of three rows the last is taken twice */
      const int32_t *bias = f.bias + o;
      const int8_t *rows[4] = {weights, weights + inputs, weights + 2u * inputs, weights + last * inputs};
      int32_t sums[4] = {bias[0], bias[1], bias[2], bias[last]};
      dot_four(in, inputs, rows, sums);
      for (uint32_t i = 0; i < count; i++, o++) *out++ = output(&f, o, sums[i]);
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
