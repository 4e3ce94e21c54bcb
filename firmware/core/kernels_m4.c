/** Cortex-M4: sets up the assembler kernels. Tables: harness/model/pack/layouts/m4.ts. */
#include "kernels_m4_job.h"

#include <stddef.h>

#include "kernels_m4_run.h"
#include "kernels_rows.h"

#define ASSERT_AT(field, offset) _Static_assert(offsetof(lf_m4_job, field) == (offset), #field)
#if UINTPTR_MAX == UINT32_MAX
ASSERT_AT(in, JOB_IN);
ASSERT_AT(pitch, JOB_PITCH);
ASSERT_AT(table, JOB_TABLE);
ASSERT_AT(table_end, JOB_TABLE_END);
ASSERT_AT(out, JOB_OUT);
ASSERT_AT(out_pitch, JOB_OUT_PITCH);
ASSERT_AT(channels, JOB_CHANNELS);
ASSERT_AT(groups, JOB_GROUPS);
ASSERT_AT(steps, JOB_STEPS);
ASSERT_AT(zero, JOB_ZERO);
ASSERT_AT(low, JOB_LOW);
ASSERT_AT(high, JOB_HIGH);
ASSERT_AT(tile, JOB_TILE);
#endif

enum { RUN = 4, TAPS = 3, PAIR_WORDS = 6 };

typedef void kernel(const lf_m4_job *, uint32_t pool);

/** Runs over all outputs; a last run that would be incomplete begins earlier and computes some outputs again. */
static void cover(const lf_step *s, uint32_t pool, lf_m4_job *job, kernel *run) {
  uint32_t outputs = RUN / pool, whole = s->out_w / outputs;
  if (whole == 0) whole = 1;
  job->groups = whole;
  run(job, pool);
  if (s->out_w <= whole * outputs) return;
  uint32_t first = s->out_w - outputs;
  job->in += first * pool * job->pitch;
  job->out += first * job->out_pitch;
  job->groups = 1;
  run(job, pool);
}

/** `runs` runs of a job's outputs from output `first` on. */
static void part(const lf_m4_job *job, uint32_t first, uint32_t runs, void (*run)(const lf_m4_job *)) {
  lf_m4_job some = *job;
  if (runs == 0) return;
  some.in += first * job->pitch;
  some.out += first * job->out_pitch;
  some.groups = runs;
  run(&some);
}

/**
 * All `outputs` in runs of four and, where these would leave some over, of three: 4n + 3, 4n + 2 and 4n + 1 are sums of both, but for
 * 1, 2 and 5. Five are two runs of three of which the second begins one earlier; one and two are a run of four, whose place is beside.
 */
static void points(const lf_m4_job *job, uint32_t outputs) {
  void (*four)(const lf_m4_job *) = job->zero == -128 ? lf_m4_points_fast : lf_m4_points;
  if (outputs == 5) {
    part(job, 0, 1, lf_m4_points_three);
    part(job, 2, 1, lf_m4_points_three);
    return;
  }
  const uint32_t threes = outputs > 2 ? (4u - outputs % 4u) % 4u : 0, fours = outputs > 2 ? (outputs - 3u * threes) / 4u : 1u;
  part(job, 0, fours, four);
  part(job, 4u * fours, threes, lf_m4_points_three);
}

static uint32_t conv3_steps(const lf_step *s) { return (s->in_c + 3u) / 4u * 2u; }

static uint32_t conv3_bytes(const lf_step *s) {
  return lf_even(s->out_c) / 2u * 4u * (PAIR_WORDS + 2u * TAPS * conv3_steps(s));
}

int lf_m4_conv3_accepts(const lf_step *s, const uint8_t *data) {
  (void)data;
  uint32_t pool = lf_rows_pool(s);
  if (s->op != LF_OP_CONV || pool == 0 || s->kernel_w != TAPS || s->stride_w != 1) return 0;
  if (s->in_w == 0 || s->in_c == 0 || conv3_steps(s) > LF_M4_CONV3_STEPS || s->out_w == 0 || s->out_c == 0) return 0;
  return lf_data_bytes(s) >= conv3_bytes(s) &&
         lf_scratch_bytes(s) >= lf_rows_bytes(s, lf_rows_needed(s, RUN)) + lf_rows_beside_bytes(s, RUN / pool);
}

static void conv3(const lf_m4_job *job, uint32_t pool) {
  int fast = job->zero == -128 && job->low == -128 && job->high == 127;
  if (pool == 2 && fast && job->steps == 2)
    lf_m4_conv3_pool_fast2(job);
  else if (pool == 2 && fast && job->steps == 4)
    lf_m4_conv3_pool_fast4(job);
  else if (pool == 2)
    (fast ? lf_m4_conv3_pool_fast : lf_m4_conv3_pool)(job);
  else
    (fast ? lf_m4_conv3_fast : lf_m4_conv3)(job);
}

/**
 * The whole step; `tile_bytes` of scratch come first, then padded rows, then outputs beside.
 * @param full whether lf_m4_points may run what it can: tables and tile are those of lf_m4_window
 */
static void convolve(const lf_step *s, const uint8_t *data, uint32_t table_bytes, uint32_t steps, uint32_t tile_bytes,
                     const int8_t *in, int8_t *out, uint8_t *scratch, kernel *run, int full) {
  uint32_t pool = s->pool_w, rows = lf_rows_needed(s, RUN);
  uint8_t *padded = scratch + tile_bytes;
  int8_t *to = lf_rows_beside(s, RUN / pool) ? (int8_t *)padded + lf_rows_bytes(s, rows) : out;
  lf_m4_job job = {
      .in = lf_rows_pad(s, rows, in, padded),
      .pitch = (uint32_t)s->in_c * s->stride_w,
      .table = data,
      .table_end = data + table_bytes,
      .out = to,
      .out_pitch = lf_even(s->out_c),
      .channels = lf_even(s->out_c),
      .steps = steps,
      .zero = s->out_zero,
      .low = s->clamp_min,
      .high = s->clamp_max,
      .tile = (uint32_t *)(void *)scratch,
  };
  if (full && pool == 1 && s->clamp_min == -128 && s->clamp_max == 127)
    points(&job, s->out_w);
  else
    cover(s, pool, &job, run);
  if (to != out) lf_rows_pack(out, to, lf_even(s->out_c), s->out_c, s->out_w);
}

void lf_m4_conv3_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  convolve(s, data, conv3_bytes(s), conv3_steps(s), 0, in, out, scratch, conv3, 0);
}

static uint32_t window_steps(const lf_step *s) { return ((uint32_t)s->kernel_w * s->in_c + 3u) / 4u * 2u; }

/** Words that a step's weights take, of both channels; a pair's scales take two words less in the narrow form. */
enum { WIDE = 2, NARROW = 1 };

static uint32_t window_bytes(const lf_step *s, uint32_t form) {
  uint32_t fixed = form == WIDE ? PAIR_WORDS : PAIR_WORDS - 2u;
  return lf_even(s->out_c) / 2u * 4u * (fixed + form * window_steps(s));
}

static uint32_t window_tile_bytes(const lf_step *s) { return window_steps(s) * RUN * 4u; }

static int window_accepts(const lf_step *s, uint32_t form) {
  uint32_t pool = lf_rows_pool(s);
  if (s->op != LF_OP_CONV || pool == 0 || s->kernel_w == 0 || s->stride_w == 0) return 0;
  if (s->in_w == 0 || s->in_c == 0 || s->out_w == 0 || s->out_c == 0) return 0;
  if ((uint32_t)s->kernel_w * s->in_c > LF_M4_WINDOW_ELEMENTS) return 0;
  uint32_t wanted = window_tile_bytes(s) + lf_rows_bytes(s, lf_rows_needed(s, RUN)) + lf_rows_beside_bytes(s, RUN / pool);
  return lf_data_bytes(s) >= window_bytes(s, form) && lf_scratch_bytes(s) >= wanted;
}

int lf_m4_window_accepts(const lf_step *s, const uint8_t *data) {
  (void)data;
  return window_accepts(s, WIDE);
}

int lf_m4_narrow_accepts(const lf_step *s, const uint8_t *data) {
  (void)data;
  return window_accepts(s, NARROW);
}

void lf_m4_window_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  convolve(s, data, window_bytes(s, WIDE), window_steps(s), window_tile_bytes(s), in, out, scratch, lf_m4_window, 1);
}

void lf_m4_narrow_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  convolve(s, data, window_bytes(s, NARROW), window_steps(s), window_tile_bytes(s), in, out, scratch, lf_m4_window_narrow, 0);
}
