/** Depthwise convolution with a 3 x 3 filter on plain tables, a channel at a time; for cores without SIMD. Layout: harness/model/pack/layouts/nine.ts. */
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
  for (uint32_t y = 0; y < s->out_h; y += strip, out += strip * out_row) {
    const uint32_t rows = s->out_h - y < strip ? s->out_h - y : strip;
    pad_rows(s, in, (int32_t)(y * s->stride_h) - s->pad_top, input_rows(s, rows), scratch);
    for (uint32_t c = 0; c < channels; c++) {
      const int8_t *weight = (const int8_t *)tables.weights + c, *from = (const int8_t *)scratch + c;
      p.channel = lf_channel_of(s, &tables, c);
      for (uint32_t tap = 0; tap < TAPS; tap++, weight += channels) p.weights[tap] = *weight;
      for (uint32_t row = 0; row < rows; row++, from += s->stride_h * p.row) run_row(&p, from, out + row * out_row + c);
    }
  }
}
