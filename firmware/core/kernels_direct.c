/**
 * One-dimensional convolution on plain tables, four positions of an output channel at a time: for cores without a dual
 * multiply-accumulate, where the tables of kernels_packed.c would take too much flash.
 */
#include "kernels_plain.h"
#include "kernels_rows.h"
#include "kernels_scale.h"

enum { RUN = 4 };

int lf_direct_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_CONV || lf_rows_pool(s) == 0 || s->in_w == 0 || s->out_w == 0) return 0;
  if ((s->flags & LF_STEP_WIDE_WEIGHTS) != 0 || !lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= lf_rows_bytes(s, lf_rows_needed(s, RUN));
}

#if __ARM_ARCH == 6

/*
 * Adds to four sums, 5.25 cycles a multiply-add. Bases are behind the ends of what they point to, so that one index serves
 * all and counts up to zero. r0, r2, r3, r5: positions, r6: weights, r1: index, r8-r11: sums.
 */
#define IN_REGISTER __attribute__((unused))
__attribute__((naked, noinline)) static void dot_four(IN_REGISTER const int8_t *x_end, IN_REGISTER int32_t minus_count,
                                                      IN_REGISTER uint32_t apart, IN_REGISTER const int8_t *w_end,
                                                      IN_REGISTER int32_t sums[RUN]) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r4-r7, lr}\n\t"
      "mov r4, r8\n\t mov r5, r9\n\t mov r6, r10\n\t mov r7, r11\n\t"
      "push {r4-r7}\n\t"
      "ldr r7, [sp, #36]\n\t"
      "mov r6, r3\n\t"
      "mov r4, r2\n\t"
      "adds r2, r0, r4\n\t adds r3, r2, r4\n\t adds r5, r3, r4\n\t"
      "ldr r4, [r7]\n\t"
      "mov r8, r4\n\t mov r9, r4\n\t mov r10, r4\n\t mov r11, r4\n"
      "1:\n\t"
      "ldrsb r7, [r6, r1]\n\t"
      "ldrsb r4, [r0, r1]\n\t muls r4, r7\n\t add r8, r4\n\t"
      "ldrsb r4, [r2, r1]\n\t muls r4, r7\n\t add r9, r4\n\t"
      "ldrsb r4, [r3, r1]\n\t muls r4, r7\n\t add r10, r4\n\t"
      "ldrsb r4, [r5, r1]\n\t muls r4, r7\n\t add r11, r4\n\t"
      "adds r1, #1\n\t bne 1b\n\t"
      "ldr r7, [sp, #36]\n\t"
      "mov r0, r8\n\t mov r1, r9\n\t mov r2, r10\n\t mov r3, r11\n\t"
      "stmia r7!, {r0-r3}\n\t"
      "pop {r4-r7}\n\t"
      "mov r8, r4\n\t mov r9, r5\n\t mov r10, r6\n\t mov r11, r7\n\t"
      "pop {r4-r7, pc}\n");
}

static inline void dot(const int8_t *x, uint32_t apart, const int8_t *w, uint32_t count, int32_t sums[RUN]) {
  dot_four(x + count, -(int32_t)count, apart, w + count, sums);
}

#else

/*
 * Adds to four sums, all of which begin as the first: 3.7 cycles a multiply-add on a Cortex-M3, where an MLA takes 2 and a load
 * right behind another 1. r0-r3: positions, r4: weights, r5: end, r6-r9: sums.
 */
#define IN_REGISTER __attribute__((unused))
#define ELEMENT                                                                                    \
  "ldrsb r10, [r4], #1\n\t ldrsb r11, [r0], #1\n\t ldrsb r12, [r1], #1\n\t ldrsb lr, [r2], #1\n\t" \
  "mla r6, r11, r10, r6\n\t mla r7, r12, r10, r7\n\t ldrsb r11, [r3], #1\n\t"                     \
  "mla r8, lr, r10, r8\n\t mla r9, r11, r10, r9\n\t"
__attribute__((naked, noinline)) static void dot(IN_REGISTER const int8_t *x, IN_REGISTER uint32_t apart,
                                                 IN_REGISTER const int8_t *w, IN_REGISTER uint32_t count,
                                                 IN_REGISTER int32_t sums[RUN]) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r4-r11, lr}\n\t"
      "ldr r5, [sp, #36]\n\t ldr r6, [r5]\n\t"
      "mov r7, r6\n\t mov r8, r6\n\t mov r9, r6\n\t"
      "mov r4, r2\n\t add r5, r4, r3\n\t"
      "mov r10, r1\n\t add r1, r0, r10\n\t add r2, r1, r10\n\t"
      "ands r11, r3, #3\n\t add r3, r2, r10\n\t"
      "beq 2f\n\t"
      "push {r5}\n\t"
      "add r5, r4, r11\n"
      "1:\n\t" ELEMENT
      "cmp r4, r5\n\t bne 1b\n\t"
      "pop {r5}\n\t cmp r4, r5\n\t beq 3f\n"
      "2:\n\t" ELEMENT ELEMENT ELEMENT ELEMENT
      "cmp r4, r5\n\t bne 2b\n"
      "3:\n\t"
      "ldr r5, [sp, #36]\n\t stm r5, {r6-r9}\n\t"
      "pop {r4-r11, pc}\n");
}

#endif

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

void lf_direct_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, RUN), in, scratch);
  const lf_plain tables = lf_plain_tables(s, data);
  const uint32_t elements = (uint32_t)s->kernel_w * s->in_c, apart = (uint32_t)s->stride_w * s->in_c;
  const uint32_t pool = s->pool_w, outputs = RUN / pool, out_w = s->out_w, out_c = s->out_c;
  const int32_t low = s->clamp_min, high = s->clamp_max;
  for (uint32_t done = 0; done < out_w; done += outputs) {
    /* a last run that would be incomplete begins earlier and computes some outputs again */
    uint32_t at = done + outputs <= out_w ? done : out_w > outputs ? out_w - outputs : 0;
    const int8_t *x = rows + at * pool * apart, *w = tables.weights;
    int8_t *to = out + at * out_c;
    for (uint32_t o = 0; o < out_c; o++, w += elements, to++) {
      const lf_channel channel = lf_channel_of(s, &tables, o);
      int32_t sums[RUN] = {channel.bias};
      dot(x, apart, w, elements, sums);
      if (pool == 2) sums[0] = larger(sums[0], sums[1]), sums[1] = larger(sums[2], sums[3]);
      to[0] = lf_scale(&channel, sums[0], low, high);
      if (out_w > 1) to[out_c] = lf_scale(&channel, sums[1], low, high);
      if (pool == 2) continue;
      if (out_w > 2) to[2u * out_c] = lf_scale(&channel, sums[2], low, high);
      if (out_w > 3) to[3u * out_c] = lf_scale(&channel, sums[3], low, high);
    }
  }
}
