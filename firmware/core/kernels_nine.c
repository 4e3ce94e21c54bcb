/** Depthwise convolution with a 3 x 3 filter on plain tables, a channel at a time; for cores without SIMD. On a Cortex-M3: kernels_m3_nine.S. Layout: harness/model/pack/layouts/nine.ts. */
#include <stddef.h>

#include "kernels_m3_nine.h"
#include "kernels_plain.h"
#include "kernels_scale.h"
#include "mem.h"

enum { SIDE = 3, TAPS = SIDE * SIDE, STRIP = 8 };

static uint32_t row_bytes(const lf_step *s) { return ((uint32_t)(s->out_w - 1u) * s->stride_w + SIDE) * s->in_c; }

/** Input rows under the rows of outputs that are computed from one padded copy. */
static uint32_t input_rows(const lf_step *s, uint32_t rows) { return (rows - 1u) * s->stride_h + SIDE; }

static uint32_t strip_rows(const lf_step *s) { return s->out_h < STRIP ? s->out_h : STRIP; }

int lf_nine_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_DEPTHWISE || s->kernel_h != SIDE || s->kernel_w != SIDE || s->out_c != s->in_c) return 0;
  if (s->pool_h != 1 || s->pool_w != 1 || s->conv_h != s->out_h || s->conv_w != s->out_w) return 0;
  if (s->in_w == 0 || s->out_h == 0 || s->out_w == 0 || (s->flags & LF_STEP_WIDE_WEIGHTS) != 0) return 0;
  if (!lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= input_rows(s, strip_rows(s)) * row_bytes(s);
}

/** Padded copies of `count` input rows from row `first` on; columns behind the last position's window are left out. */
static void pad_rows(const lf_step *s, const int8_t *in, int32_t first, uint32_t count, uint8_t *to) {
  const uint32_t bytes = row_bytes(s), before = (uint32_t)s->pad_left * s->in_c, all = (uint32_t)s->in_w * s->in_c;
  const uint32_t inside = before + all < bytes ? all : bytes - before;
  for (uint32_t i = 0; i < count; i++, to += bytes) {
    int32_t row = first + (int32_t)i;
    if (row < 0 || row >= s->in_h) {
      memset(to, s->in_zero, bytes);
      continue;
    }
    memset(to, s->in_zero, before);
    memcpy(to + before, in + (uint32_t)row * all, inside);
    memset(to + before + inside, s->in_zero, bytes - before - inside);
  }
}

/** What stays the same over a channel. */
typedef struct {
  lf_channel channel;
  int32_t weights[TAPS];
  uint32_t row, column, step, out_w;
  int32_t low, high;
} plan;

static void run_row(const plan *p, const int8_t *top, int8_t *out) {
  const uint32_t column = p->column, step = p->step;
  const int8_t *middle = top + p->row, *bottom = middle + p->row;
  const int32_t *w = p->weights;
  for (uint32_t left = p->out_w; left > 0; left--, out += column) {
    int32_t sum = p->channel.bias;
    sum += top[0] * w[0] + top[column] * w[1] + top[2u * column] * w[2];
    sum += middle[0] * w[3] + middle[column] * w[4] + middle[2u * column] * w[5];
    sum += bottom[0] * w[6] + bottom[column] * w[7] + bottom[2u * column] * w[8];
    top += step, middle += step, bottom += step;
    *out = lf_scale(&p->channel, sum, p->low, p->high);
  }
}

#ifdef __ARM_ARCH_7M__
#define ASSERT_AT(field, offset) _Static_assert(offsetof(lf_m3_nine_job, field) == (offset), #field)
ASSERT_AT(first, NINE_FIRST);
ASSERT_AT(second, NINE_SECOND);
ASSERT_AT(row, NINE_ROW);
ASSERT_AT(apart, NINE_APART);
ASSERT_AT(step, NINE_STEP);
ASSERT_AT(out, NINE_OUT);
ASSERT_AT(out_row, NINE_OUT_ROW);
ASSERT_AT(positions, NINE_POSITIONS);
ASSERT_AT(pairs, NINE_PAIRS);
ASSERT_AT(next_in, NINE_NEXT_IN);
ASSERT_AT(next_out, NINE_NEXT_OUT);
ASSERT_AT(left, NINE_LEFT);
ASSERT_AT(weights, NINE_WEIGHTS);
ASSERT_AT(bias, NINE_BIAS);
ASSERT_AT(multiplier, NINE_MULTIPLIER);
ASSERT_AT(rounding, NINE_ROUNDING);
ASSERT_AT(shift, NINE_SHIFT);
_Static_assert(sizeof(lf_m3_nine_job) == NINE_BYTES, "copied as a whole");

/** A channel's rows of outputs two by two; the last two of an odd number begin one row earlier. */
static void run_pairs(const lf_step *s, const plan *p, uint32_t rows, const int8_t *from, int8_t *out, uint32_t out_row) {
  const int fast = s->out_zero == -128;
  const lf_channel *channel = &p->channel;
  const uint32_t down = s->stride_h * p->row;
  void (*const run)(const lf_m3_nine_job *) = fast ? lf_m3_nine_fast : lf_m3_nine;
  lf_m3_nine_job job = {
      .first = from,
      .second = from + down,
      .row = p->row,
      .apart = p->column,
      .step = p->step - 2u * p->column,
      .out = out,
      .out_row = out_row,
      .positions = p->out_w,
      .pairs = rows / 2u,
      .next_in = 2u * down - p->out_w * p->step,
      .next_out = 2u * out_row - p->out_w * p->column,
      .bias = 4 * channel->bias,
      .multiplier = channel->multiplier,
      .rounding = fast ? 2 * channel->rounding + 1 : channel->rounding,
      .shift = channel->shift + fast,
  };
  int32_t *to = job.weights;
  for (uint32_t column = 0; column < SIDE; column++, to += SIDE) {
    const int32_t *w = p->weights + column;
    to[0] = 4 * w[0], to[1] = 4 * w[SIDE], to[2] = 4 * w[2 * SIDE];
  }
  run(&job);
  if (rows % 2u == 0) return;
  job.first = from + (rows - 2u) * down;
  job.second = job.first + down;
  job.out = out + (rows - 2u) * out_row;
  job.pairs = 1;
  run(&job);
}
#endif

/** A channel's rows of outputs. */
static void run_rows(const lf_step *s, const plan *p, uint32_t rows, const int8_t *from, int8_t *out, uint32_t out_row) {
#ifdef __ARM_ARCH_7M__
  if (rows > 1 && p->low == -128 && p->high == 127) {
    run_pairs(s, p, rows, from, out, out_row);
    return;
  }
#endif
  for (uint32_t row = 0; row < rows; row++, from += s->stride_h * p->row) run_row(p, from, out + row * out_row);
}

void lf_nine_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const lf_plain tables = lf_plain_tables(s, data);
  const uint32_t channels = s->in_c, out_row = (uint32_t)s->out_w * channels, strip = strip_rows(s);
  plan p = {
      .row = row_bytes(s),
      .column = channels,
      .step = (uint32_t)s->stride_w * channels,
      .out_w = s->out_w,
      .low = s->clamp_min,
      .high = s->clamp_max,
  };
  for (uint32_t y = 0, rows; y < s->out_h; y += rows) {
    rows = s->out_h - y < strip ? s->out_h - y : strip;
    /* a single row that is left over is computed with the one before, again */
    if (rows == 1 && y > 0) y--, rows = 2;
    int8_t *to = out + y * out_row;
    pad_rows(s, in, (int32_t)(y * s->stride_h) - s->pad_top, input_rows(s, rows), scratch);
    for (uint32_t c = 0; c < channels; c++) {
      const int8_t *weight = (const int8_t *)tables.weights + c, *from = (const int8_t *)scratch + c;
      p.channel = lf_channel_of(s, &tables, c);
      for (uint32_t tap = 0; tap < TAPS; tap++, weight += channels) p.weights[tap] = *weight;
      run_rows(s, &p, rows, from, to + c, out_row);
    }
  }
}
