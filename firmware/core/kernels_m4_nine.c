/** Cortex-M4: depthwise convolution, 3 x 3 at stride 1; kernels_m4_nine.S. Table: harness/model/pack/layouts/nine.ts. */
#include <stddef.h>

#include "kernels_m4_job.h"
#include "kernels_m4_run.h"
#include "mem.h"

#define ASSERT_AT(field, offset) _Static_assert(offsetof(lf_m4_nine_job, field) == (offset), #field)
#if UINTPTR_MAX == UINT32_MAX
ASSERT_AT(in, NINE_IN);
ASSERT_AT(out, NINE_OUT);
ASSERT_AT(table, NINE_TABLE);
ASSERT_AT(row, NINE_ROW);
ASSERT_AT(column, NINE_COLUMN);
ASSERT_AT(rows, NINE_ROWS);
ASSERT_AT(pairs, NINE_PAIRS);
ASSERT_AT(step, NINE_STEP);
ASSERT_AT(last_step, NINE_LAST_STEP);
ASSERT_AT(next_in, NINE_NEXT_IN);
ASSERT_AT(next_out, NINE_NEXT_OUT);
ASSERT_AT(zero, NINE_ZERO);
#endif

enum { SIDE = 3, STRIP = 8, QUAD = 4, TABLE_WORDS = 30 };

static uint32_t row_bytes(const lf_step *s) { return (uint32_t)(s->out_w + SIDE - 1u) * s->in_c; }

/** Rows of outputs that are computed from one padded copy of input rows. */
static uint32_t strip_rows(const lf_step *s) { return s->out_h < STRIP ? s->out_h : STRIP; }

int lf_m4_nine_accepts(const lf_step *s, const uint8_t *data) {
  (void)data;
  if (s->op != LF_OP_DEPTHWISE || s->kernel_h != SIDE || s->kernel_w != SIDE || s->stride_h != 1 || s->stride_w != 1) return 0;
  if (s->pool_h != 1 || s->pool_w != 1 || s->conv_h != s->out_h || s->conv_w != s->out_w) return 0;
  if (s->in_h == 0 || s->in_w == 0 || s->in_c == 0 || s->in_c % QUAD != 0 || s->out_c != s->in_c) return 0;
  if (s->out_h == 0 || s->out_w < 2 || s->clamp_min != -128 || s->clamp_max != 127) return 0;
  if (s->pad_left >= SIDE || s->pad_left + s->in_w > s->out_w + SIDE - 1u) return 0;
  if (lf_data_bytes(s) < s->in_c / QUAD * TABLE_WORDS * 4u) return 0;
  return lf_scratch_bytes(s) >= (strip_rows(s) + SIDE - 1u) * row_bytes(s);
}

/** Padded copies of `count` input rows from row `first` on. */
static void pad_rows(const lf_step *s, const int8_t *in, int32_t first, uint32_t count, uint8_t *to) {
  const uint32_t bytes = row_bytes(s), before = (uint32_t)s->pad_left * s->in_c, inside = (uint32_t)s->in_w * s->in_c;
  for (uint32_t i = 0; i < count; i++, to += bytes) {
    int32_t row = first + (int32_t)i;
    if (row < 0 || row >= s->in_h) {
      memset(to, s->in_zero, bytes);
      continue;
    }
    memset(to, s->in_zero, before);
    memcpy(to + before, in + (uint32_t)row * inside, inside);
    memset(to + before + inside, s->in_zero, bytes - before - inside);
  }
}

void lf_m4_nine_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const uint32_t channels = s->in_c, strip = strip_rows(s), out_row = (uint32_t)s->out_w * channels;
  const uint32_t pairs = (s->out_w + 1u) / 2u, last = s->out_w % 2u != 0 ? channels : 2u * channels;
  const uint32_t reach = pairs == 1 ? 0 : (pairs - 2u) * 2u * channels + last; /* from the first pair of a row to the last */
  lf_m4_nine_job job = {
      .row = row_bytes(s),
      .column = channels,
      .pairs = pairs,
      .step = 2u * channels,
      .last_step = last,
      .next_in = row_bytes(s) - reach,
      .next_out = out_row - reach,
      .zero = s->out_zero,
  };
  for (uint32_t y = 0; y < s->out_h; y += strip) {
    job.rows = s->out_h - y < strip ? s->out_h - y : strip;
    pad_rows(s, in, (int32_t)y - s->pad_top, job.rows + SIDE - 1u, scratch);
    job.table = data;
    for (uint32_t c = 0; c < channels; c += QUAD, job.table += TABLE_WORDS * 4u) {
      job.in = (const int8_t *)scratch + c;
      job.out = out + y * out_row + c;
      (s->out_zero == -128 ? lf_m4_nine_fast : lf_m4_nine)(&job);
    }
  }
}
