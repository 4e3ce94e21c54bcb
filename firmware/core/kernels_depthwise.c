/** One-dimensional depthwise convolution on plain tables, four positions of a channel at a time. */
#include "kernels_m0p_four.h"
#include "kernels_plain.h"
#include "kernels_rows.h"
#include "kernels_scale.h"

enum { RUN = 4 };

int lf_depthwise_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_DEPTHWISE || lf_rows_pool(s) == 0 || s->in_w == 0 || s->out_w == 0) return 0;
  if ((s->flags & LF_STEP_WIDE_WEIGHTS) != 0 || !lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= 4u * s->kernel_w + lf_rows_bytes(s, lf_rows_needed(s, RUN));
}

/** What stays the same over a channel; in registers or on the stack, where stores of outputs cannot change it. */
typedef struct {
  uint32_t taps, pitch, apart; /* bytes from a tap to the next, and from a position to the next */
  uint32_t pool, outputs, out_w, out_c;
  int32_t bias, multiplier, rounding, shift, low, high;
} plan;

static inline int8_t scale(const plan *p, int32_t sum) {
  return lf_limit((lf_rounded(sum, p->multiplier) + p->rounding) >> p->shift, p->low, p->high);
}

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/** Four positions from x on: one run of outputs. */
static inline void run_positions(const plan *p, const int32_t *w, const int8_t *x, int8_t *out) {
  int32_t a = p->bias, b = a, c = a, d = a;
  uint32_t apart = p->apart, pitch = p->pitch, next = p->out_c;
  for (uint32_t taps = p->taps; taps > 0; taps--, x += pitch) {
    const int8_t *third = x + 2u * apart;
    int32_t weight = *w++;
    a += x[0] * weight;
    b += x[apart] * weight;
    c += third[0] * weight;
    d += third[apart] * weight;
  }
  if (p->pool == 2) {
    out[0] = scale(p, larger(a, b));
    if (p->out_w > 1) out[next] = scale(p, larger(c, d));
    return;
  }
  out[0] = scale(p, a);
  if (p->out_w > 1) out[next] = scale(p, b);
  if (p->out_w > 2) out[2u * next] = scale(p, c);
  if (p->out_w > 3) out[3u * next] = scale(p, d);
}

static void run_channel(const plan *p, const int32_t *w, const int8_t *x, int8_t *out) {
  uint32_t in_step = p->outputs * p->pool * p->apart, out_step = p->outputs * p->out_c, done = p->outputs;
  run_positions(p, w, x, out);
  for (; done + p->outputs <= p->out_w; done += p->outputs) {
    x += in_step, out += out_step;
    run_positions(p, w, x, out);
  }
  if (done >= p->out_w) return;
  /* the last run would be incomplete: it begins earlier and computes some outputs again */
  uint32_t back = done + p->outputs - p->out_w;
  run_positions(p, w, x + in_step - back * p->pool * p->apart, out + out_step - back * p->out_c);
}

#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_6M__)
#include <stddef.h>

/** What the assembler below needs, in the order in which it loads it; bias and weights four times as large as they are. */
typedef struct {
  int32_t bias;
  const int8_t *x;
  const int32_t *column;
  uint32_t pitch, apart, apart3, taps;
  int32_t multiplier, rounding, shift;
  int8_t *out;
  uint32_t out_c, runs;
} fast_job;
_Static_assert(offsetof(fast_job, x) == 4 && offsetof(fast_job, multiplier) == 28, "offsets in fast_runs");
_Static_assert(offsetof(fast_job, out) == 40 && offsetof(fast_job, runs) == 48, "offsets in fast_runs");

#ifdef __ARM_ARCH_7M__

/* lf_scale behind the product, for the full range. */
#define FINISH(sum)                                                                                      \
  "add " sum ", " sum ", #1\n\t asr " sum ", " sum ", #1\n\t add " sum ", " sum ", " sum ", asr #31\n\t" \
  "add " sum ", " sum ", r5\n\t asr " sum ", " sum ", r6\n\t ssat " sum ", #8, " sum "\n\t"

/*
 * Runs of four positions, no pooling, full range. Loads stand together, where each but the first takes one cycle.
 * r0-r3: sums, r4: position, r5: weights, r6-r8: steps, lr: taps left; then r4-r9: from multiplier on, r12: job.
 */
__attribute__((naked, noinline)) static void fast_runs(__attribute__((unused)) fast_job *job) {
  __asm volatile(
      "push {r0, r4-r11, lr}\n"
      "1:\n\t"
      "ldr r3, [sp]\n\t"
      "ldm r3, {r0, r4-r8, lr}\n\t"
      "add r9, r4, r7, lsl #2\n\t str r9, [r3, #4]\n\t"
      "mov r1, r0\n\t mov r2, r0\n\t mov r3, r0\n"
      "2:\n\t"
      "ldr r9, [r5], #4\n\t ldrsb r10, [r4]\n\t ldrsb r11, [r4, r7]\n\t ldrsb r12, [r4, r7, lsl #1]\n\t"
      "mla r0, r9, r10, r0\n\t ldrsb r10, [r4, r8]\n\t"
      "mla r1, r9, r11, r1\n\t mla r2, r9, r12, r2\n\t"
      "add r4, r4, r6\n\t"
      "mla r3, r9, r10, r3\n\t"
      "subs lr, lr, #1\n\t bne 2b\n\t"
      "ldr r12, [sp]\n\t add r10, r12, #28\n\t"
      "ldm r10, {r4-r9}\n\t"
      "smull r11, r0, r0, r4\n\t smull r11, r1, r1, r4\n\t smull r11, r2, r2, r4\n\t smull r11, r3, r3, r4\n\t"
      FINISH("r0")
      FINISH("r1")
      FINISH("r2")
      FINISH("r3")
      "add r10, r7, r8, lsl #1\n\t add r11, r7, r8, lsl #2\n\t"
      "strb r0, [r7]\n\t strb r1, [r7, r8]\n\t strb r2, [r10]\n\t strb r3, [r10, r8]\n\t"
      "str r11, [r12, #40]\n\t"
      "subs r9, r9, #1\n\t str r9, [r12, #48]\n\t"
      "bne 1b\n\t"
      "pop {r0, r4-r11, pc}\n");
}

#else

#define PRODUCT(offset, sum) "ldrsb r6, [r0, " offset "]\n\t muls r6, r5\n\t add " sum ", r6\n\t"
#define SCALE(sum) "mov r0, " sum "\n\t" LF_M0P_SCALE

/*
 * Runs of four positions, no pooling, full range; 19 cycles a tap and 3 for a turn. A product overwrites a factor, so that each sample is loaded where its
 * product goes. r0: position, r1-r3: to the next three, r4: weights, r5: weight, r6: sample, r7: 0; r8-r11: sums, r12: to the next tap, lr: end of the weights.
 */
__attribute__((naked, noinline)) static void fast_runs(__attribute__((unused)) fast_job *job) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r4-r7, lr}\n\t"
      "mov r4, r8\n\t mov r5, r9\n\t mov r6, r10\n\t mov r7, r11\n\t"
      "push {r0, r4-r7}\n"
      "1:\n\t"
      "ldr r7, [sp]\n\t"
      "ldr r0, [r7, #4]\n\t ldr r1, [r7, #16]\n\t lsls r2, r1, #2\n\t adds r2, r2, r0\n\t str r2, [r7, #4]\n\t"
      "lsls r2, r1, #1\n\t ldr r3, [r7, #20]\n\t ldr r4, [r7, #8]\n\t"
      "ldr r5, [r7, #24]\n\t lsls r5, r5, #2\n\t adds r5, r5, r4\n\t mov lr, r5\n\t"
      "ldr r5, [r7, #12]\n\t mov r12, r5\n\t"
      "ldr r5, [r7]\n\t mov r8, r5\n\t mov r9, r5\n\t mov r10, r5\n\t mov r11, r5\n\t"
      "movs r7, #0\n"
      "2:\n\t"
      "ldmia r4!, {r5}\n\t"
      PRODUCT("r7", "r8")
      PRODUCT("r1", "r9")
      PRODUCT("r2", "r10")
      PRODUCT("r3", "r11")
      "add r0, r12\n\t cmp r4, lr\n\t bne 2b\n\t"
      "ldr r3, [sp]\n\t"
      "ldr r4, [r3, #28]\n\t lsrs r5, r4, #16\n\t uxth r4, r4\n\t"
      "ldr r6, [r3, #32]\n\t mov r12, r6\n\t ldr r6, [r3, #36]\n\t"
      "ldr r7, [r3, #40]\n\t ldr r0, [r3, #44]\n\t mov lr, r0\n\t lsls r0, r0, #2\n\t adds r0, r0, r7\n\t str r0, [r3, #40]\n\t"
      SCALE("r8")
      SCALE("r9")
      SCALE("r10")
      SCALE("r11")
      "ldr r3, [sp]\n\t ldr r0, [r3, #48]\n\t subs r0, r0, #1\n\t str r0, [r3, #48]\n\t"
      "beq 3f\n\t b 1b\n"
      "3:\n\t"
      "pop {r0, r4-r7}\n\t"
      "mov r8, r4\n\t mov r9, r5\n\t mov r10, r6\n\t mov r11, r7\n\t"
      "pop {r4-r7, pc}\n");
}

#endif

/** Whether the assembler can do the step; if so it is done. */
static int fast_step(const lf_step *s, const lf_plain *tables, const int8_t *rows, int32_t *column, int8_t *out) {
  const uint32_t taps = s->kernel_w, channels = s->out_c, per_input = channels / s->in_c;
  const uint32_t out_w = s->out_w, apart = (uint32_t)s->stride_w * s->in_c;
  if (s->pool_w != 1 || out_w < RUN || s->clamp_min != -128 || s->clamp_max != 127 || taps == 0) return 0;
  const uint32_t last = out_w - RUN, rest = out_w % RUN;
  fast_job job = {.column = column, .pitch = s->in_c, .apart = apart, .apart3 = 3u * apart, .taps = taps, .out_c = channels};
  for (uint32_t o = 0, i = 0; o < channels; o++) {
    const lf_channel channel = lf_channel_of(s, tables, o);
    const int8_t *weight = (const int8_t *)tables->weights + o;
    for (uint32_t tap = 0; tap < taps; tap++, weight += channels) column[tap] = 4 * *weight;
    job.bias = 4 * channel.bias;
    job.multiplier = channel.multiplier;
    job.rounding = channel.rounding;
    job.shift = channel.shift;
    job.x = rows;
    job.out = out + o;
    job.runs = out_w / RUN;
    fast_runs(&job);
    if (rest != 0) {
      /* the last run would be incomplete: it begins earlier and computes some outputs again */
      job.x = rows + last * apart;
      job.out = out + last * channels + o;
      job.runs = 1;
      fast_runs(&job);
    }
    if (++i == per_input) i = 0, rows++;
  }
  return 1;
}
#else
static int fast_step(const lf_step *s, const lf_plain *tables, const int8_t *rows, int32_t *column, int8_t *out) {
  (void)s, (void)tables, (void)rows, (void)column, (void)out;
  return 0;
}
#endif

void lf_depthwise_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const lf_plain tables = lf_plain_tables(s, data);
  const uint32_t taps = s->kernel_w, channels = s->out_c;
  int32_t *column = (int32_t *)(void *)scratch; /* the weights of a channel */
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, RUN), in, scratch + 4u * taps), *weights = tables.weights;
  if (fast_step(s, &tables, rows, column, out)) return;
  uint32_t per_input = s->out_c / s->in_c, o = 0;
  plan p = {
      .taps = taps,
      .pitch = s->in_c,
      .apart = (uint32_t)s->stride_w * s->in_c,
      .pool = s->pool_w,
      .outputs = RUN / s->pool_w,
      .out_w = s->out_w,
      .out_c = s->out_c,
      .low = s->clamp_min,
      .high = s->clamp_max,
  };
  for (const int8_t *end = rows + p.pitch; rows < end; rows++) {
    for (uint32_t i = 0; i < per_input; i++, o++) {
      const lf_channel channel = lf_channel_of(s, &tables, o);
      p.bias = channel.bias;
      p.multiplier = channel.multiplier;
      p.rounding = channel.rounding;
      p.shift = channel.shift;
      for (uint32_t tap = 0; tap < taps; tap++) column[tap] = weights[tap * channels + o];
      run_channel(&p, column, rows, out + o);
    }
  }
}
