/** Cortex-M4: depthwise convolution, 3 x 3 at stride 1 or 2; kernels_m4_nine.S. Table: harness/model/pack/layouts/nine.ts. */
#include <stddef.h>

#include "kernels_m4_job.h"
#include "kernels_m4_run.h"

enum { SIDE = 3, QUAD = 4, TABLE_BYTES = 36, WORDS = LF_M4_NINE_WORDS, COLUMN_BYTES = 4 * QUAD * WORDS };

/** Columns of input under a row of outputs, padding included. */
static uint32_t columns(const lf_step *s) { return (uint32_t)(s->out_w - 1u) * s->stride_w + SIDE; }

int lf_m4_nine_accepts(const lf_step *s, const uint8_t *data) {
  (void)data;
  if (s->op != LF_OP_DEPTHWISE || s->kernel_h != SIDE || s->kernel_w != SIDE) return 0;
  if (s->stride_h != s->stride_w || s->stride_w < 1 || s->stride_w > 2) return 0;
  if (s->pool_h != 1 || s->pool_w != 1 || s->conv_h != s->out_h || s->conv_w != s->out_w) return 0;
  if (s->in_h == 0 || s->in_w == 0 || s->in_c == 0 || s->in_c % QUAD != 0 || s->out_c != s->in_c) return 0;
  if (s->out_h < 2 || s->out_w < 2 || s->pad_left >= SIDE || s->clamp_min != -128 || s->clamp_max != 127) return 0;
  if ((s->flags & LF_STEP_WIDE_WEIGHTS) != 0 || lf_data_bytes(s) < s->in_c * TABLE_BYTES) return 0;
  return lf_scratch_bytes(s) >= columns(s) * COLUMN_BYTES;
}

/** Columns of `count` words' places, of the padding. */
static void blank(uint32_t *to, uint32_t count, int32_t zero) {
  const uint32_t value = (uint16_t)zero * 0x10001u;
  for (count *= QUAD * WORDS; count > 0; count--) *to++ = value;
}

/** Two input rows from row `first` on, four channels from `in` on, to the words from `to` on. */
static void take_apart(const lf_step *s, const int8_t *in, int32_t first, uint32_t inside, uint32_t *to) {
  const uint32_t outside = (uint8_t)s->in_zero * 0x01010101u, row = (uint32_t)s->in_w * s->in_c;
  lf_m4_apart_job job = {{(const int8_t *)&outside, (const int8_t *)&outside}, {0, 0}, to, inside};
  for (uint32_t i = 0; i < 2; i++) {
    const int32_t y = first + (int32_t)i;
    if (y < 0 || y >= s->in_h) continue;
    job.rows[i] = in + (uint32_t)y * row;
    job.apart[i] = s->in_c;
  }
  lf_m4_nine_apart(&job);
}

void lf_m4_nine_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  static void (*const kernels[2][2])(const lf_m4_nine_job *) = {
      {lf_m4_nine, lf_m4_nine_fast},
      {lf_m4_nine_second, lf_m4_nine_second_fast},
  };
  void (*const run)(const lf_m4_nine_job *) = kernels[s->stride_w - 1][s->out_zero == -128];
  const uint32_t channels = s->in_c, out_row = (uint32_t)s->out_w * channels, stride = s->stride_w, all = columns(s);
  const uint32_t strip = 2u * (WORDS - 1u) / stride, left = s->pad_left, beside = all - left;
  const uint32_t inside = s->in_w < beside ? s->in_w : beside;
  uint32_t *const words = (uint32_t *)(void *)scratch;
  lf_m4_nine_job job = {.zero = s->out_zero, .apart = channels, .out_row = out_row, .columns = s->out_w};
  blank(words, left, s->in_zero);
  blank(words + (left + inside) * (QUAD * WORDS), beside - inside, s->in_zero);
  for (uint32_t y = 0, rows; y < s->out_h; y += rows) {
    rows = s->out_h - y < strip ? s->out_h - y : strip;
    if (rows == 1) y--, rows = 2; /* an odd number of rows: one is computed again */
    rows &= ~1u;
    const int32_t first = (int32_t)(y * stride) - s->pad_top;
    job.pairs = rows / 2u;
    job.table = (const int32_t *)(const void *)data;
    for (uint32_t c = 0; c < channels; c += QUAD) {
      const uint32_t used = rows * stride / 2u + 1u;
      for (uint32_t word = 0; word < used; word++)
        take_apart(s, in + c, first + 2 * (int32_t)word, inside, words + left * (QUAD * WORDS) + word);
      job.out = out + y * out_row + c;
      for (uint32_t i = 0; i < QUAD; i++, job.out++, job.table += TABLE_BYTES / 4) {
        job.words = words + i * WORDS;
        run(&job);
      }
    }
  }
}
