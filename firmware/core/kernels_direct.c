/**
 * One-dimensional convolution on plain tables, four positions of one or two output channels at a time: for cores without a dual
 * multiply-accumulate, where the tables of kernels_packed.c would take too much flash.
 */
#include "kernels_m0p_four.h"
#include "kernels_plain.h"
#include "kernels_rows.h"
#include "kernels_scale.h"

enum { RUN = 4 };
#if __ARM_ARCH == 6
enum { TILE_BYTES = 0 };
#else
/** Bytes of the tile for a filter element, see `dot_pair`. */
enum { TILE_BYTES = RUN };
#endif

static uint32_t filter_elements(const lf_step *s) { return (uint32_t)s->kernel_w * s->in_c; }

int lf_direct_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_CONV || lf_rows_pool(s) == 0 || s->in_w == 0 || s->out_w == 0) return 0;
  if ((s->flags & LF_STEP_WIDE_WEIGHTS) != 0 || !lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= TILE_BYTES * filter_elements(s) + lf_rows_bytes(s, lf_rows_needed(s, RUN));
}

#if __ARM_ARCH == 6

static inline void dot(const int8_t *x, uint32_t apart, const int8_t *w, uint32_t count, int32_t sums[RUN]) {
  const int8_t *end = x + count, *third = end + 2u * apart;
  const int8_t *const ends[RUN] = {end, end + apart, third, third + apart};
  sums[1] = sums[2] = sums[3] = sums[0];
  lf_m0p_dot_four(ends, -(int32_t)count, w + count, sums);
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

/*
 * The same for two output channels, whose weights follow each other: 3.25 cycles a multiply-add. The inputs come from a tile: for
 * each filter element its four positions side by side. sums: four of the first channel, four of the second, the first of each
 * set before. r0-r3, r4-r7: sums, r8, r9: weights, r10: input, r11, r12: where the weights are, lr: tile.
 */
#define PAIR_ELEMENT                                                            \
  "ldrsb r8, [r11], #1\n\t ldrsb r9, [r12], #1\n\t ldrsb r10, [lr], #1\n\t"     \
  "mla r0, r10, r8, r0\n\t mla r4, r10, r9, r4\n\t ldrsb r10, [lr], #1\n\t"     \
  "mla r1, r10, r8, r1\n\t mla r5, r10, r9, r5\n\t ldrsb r10, [lr], #1\n\t"     \
  "mla r2, r10, r8, r2\n\t mla r6, r10, r9, r6\n\t ldrsb r10, [lr], #1\n\t"     \
  "mla r3, r10, r8, r3\n\t mla r7, r10, r9, r7\n\t"
__attribute__((naked, noinline)) static void dot_pair(IN_REGISTER const uint32_t *tile, IN_REGISTER const int8_t *w,
                                                      IN_REGISTER uint32_t count, IN_REGISTER int32_t sums[2 * RUN]) {
  __asm volatile(
      "push {r2-r11, lr}\n\t"
      "mov lr, r0\n\t mov r11, r1\n\t add r12, r1, r2\n\t"
      "add r0, r0, r2, lsl #2\n\t str r0, [sp]\n\t"
      "ands r8, r2, #7\n\t it eq\n\t moveq r8, #8\n\t"
      "ldr r0, [r3]\n\t ldr r4, [r3, #16]\n\t"
      "mov r1, r0\n\t mov r2, r0\n\t mov r3, r0\n\t mov r5, r4\n\t mov r6, r4\n\t mov r7, r4\n\t"
      /* enter so that the last r8 elements of 56 bytes each run */
      "rsb r8, r8, r8, lsl #3\n\t adr.w r9, 2f\n\t sub r9, r9, r8, lsl #3\n\t mov pc, r9\n\t"
      ".balign 4\n"
      "1:\n\t" PAIR_ELEMENT PAIR_ELEMENT PAIR_ELEMENT PAIR_ELEMENT PAIR_ELEMENT PAIR_ELEMENT PAIR_ELEMENT PAIR_ELEMENT "\n"
      "2:\n\t"
      "ldr r10, [sp]\n\t cmp lr, r10\n\t bne 1b\n\t"
      "ldr r10, [sp, #4]\n\t stm r10, {r0-r7}\n\t"
      "pop {r2-r11, pc}\n");
}

/** Four positions to a word, for each filter element. */
static void stage(uint32_t *tile, const int8_t *x, uint32_t apart, uint32_t count) {
  const uint8_t *a = (const uint8_t *)x, *b = a + apart, *c = b + apart, *d = c + apart;
  for (; count > 0; count--) {
    uint32_t first = *a++, second = *b++, third = *c++, fourth = *d++;
    *tile++ = first | second << 8 | third << 16 | fourth << 24;
  }
}

#endif

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/** What stays the same over a step; in registers or on the stack, where stores of outputs cannot change it. */
typedef struct {
  uint32_t pool, out_w, out_c;
  int32_t low, high;
} finish;

/** The sums of a run as outputs of one channel. */
static inline void put(const finish *f, const lf_channel *channel, int32_t *sums, int8_t *to) {
  const int32_t low = f->low, high = f->high;
  const uint32_t out_w = f->out_w, next = f->out_c;
  if (f->pool == 2) sums[0] = larger(sums[0], sums[1]), sums[1] = larger(sums[2], sums[3]);
  to[0] = lf_scale(channel, sums[0], low, high);
  if (out_w > 1) to[next] = lf_scale(channel, sums[1], low, high);
  if (f->pool == 2) return;
  if (out_w > 2) to[2u * next] = lf_scale(channel, sums[2], low, high);
  if (out_w > 3) to[3u * next] = lf_scale(channel, sums[3], low, high);
}

/** The same for the commonest case: no pooling, full range, four outputs. */
static inline void put_four(const lf_channel *channel, const int32_t sums[RUN], int8_t *to, uint32_t next) {
#if __ARM_ARCH == 6
  const lf_m0p_put put = {channel->multiplier, channel->rounding, channel->shift, to, next};
  lf_m0p_put_four(&put, sums);
#else
  const lf_channel c = *channel;
  int32_t p = sums[0], q = sums[1], r = sums[2], t = sums[3];
  p = (lf_rounded(p, c.multiplier) + c.rounding) >> c.shift;
  q = (lf_rounded(q, c.multiplier) + c.rounding) >> c.shift;
  r = (lf_rounded(r, c.multiplier) + c.rounding) >> c.shift;
  t = (lf_rounded(t, c.multiplier) + c.rounding) >> c.shift;
  to[0] = lf_limit(p, -128, 127);
  to[next] = lf_limit(q, -128, 127);
  to += 2u * next;
  to[0] = lf_limit(r, -128, 127);
  to[next] = lf_limit(t, -128, 127);
#endif
}

void lf_direct_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const lf_plain tables = lf_plain_tables(s, data);
  const uint32_t elements = filter_elements(s), apart = (uint32_t)s->stride_w * s->in_c;
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, RUN), in, scratch + TILE_BYTES * elements);
  const finish f = {s->pool_w, s->out_w, s->out_c, s->clamp_min, s->clamp_max};
  const uint32_t outputs = RUN / f.pool;
  for (uint32_t done = 0; done < f.out_w; done += outputs) {
    /* a last run that would be incomplete begins earlier and computes some outputs again */
    uint32_t at = done + outputs <= f.out_w ? done : f.out_w > outputs ? f.out_w - outputs : 0, o = 0;
    const int8_t *x = rows + at * f.pool * apart, *w = tables.weights;
    int8_t *to = out + at * f.out_c;
    const int four = f.pool == 1 && f.out_w >= RUN && f.low == -128 && f.high == 127;
#if __ARM_ARCH != 6
    uint32_t *tile = (uint32_t *)(void *)scratch;
    stage(tile, x, apart, elements);
    for (; o + 1u < f.out_c; o += 2, w += 2u * elements, to += 2) {
      const lf_channel first = lf_channel_of(s, &tables, o), second = lf_channel_of(s, &tables, o + 1u);
      int32_t sums[2 * RUN] = {[0] = first.bias, [RUN] = second.bias};
      dot_pair(tile, w, elements, sums);
      if (four) {
        put_four(&first, sums, to, f.out_c);
        put_four(&second, sums + RUN, to + 1, f.out_c);
        continue;
      }
      put(&f, &first, sums, to);
      put(&f, &second, sums + RUN, to + 1);
    }
#endif
    for (; o < f.out_c; o++, w += elements, to++) {
      const lf_channel channel = lf_channel_of(s, &tables, o);
      int32_t sums[RUN] = {channel.bias};
      dot(x, apart, w, elements, sums);
      if (four)
        put_four(&channel, sums, to, f.out_c);
      else
        put(&f, &channel, sums, to);
    }
  }
}
