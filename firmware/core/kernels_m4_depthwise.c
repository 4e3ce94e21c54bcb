/** Cortex-M4: one-dimensional depthwise convolution on plain tables, four channels at a time; kernels_m4_quads.S. */
#include <arm_acle.h>
#include <stddef.h>

#include "kernels_m4_job.h"
#include "kernels_m4_run.h"
#include "kernels_rows.h"
#include "kernels_scale.h"

#define ASSERT_AT(field, offset) _Static_assert(offsetof(lf_m4_quads_job, field) == (offset), #field)
ASSERT_AT(in, QUADS_IN);
ASSERT_AT(pitch, QUADS_PITCH);
ASSERT_AT(apart, QUADS_APART);
ASSERT_AT(weights, QUADS_WEIGHTS);
ASSERT_AT(weights_end, QUADS_WEIGHTS_END);
ASSERT_AT(taps, QUADS_TAPS);
ASSERT_AT(out, QUADS_OUT);
ASSERT_AT(count, QUADS_COUNT);
ASSERT_AT(zero, QUADS_ZERO);
ASSERT_AT(bias, QUADS_BIAS);
ASSERT_AT(scales, QUADS_SCALES);

enum { QUAD = 4, PADDED_RUN = 1 };

static uint32_t tile_bytes(const lf_step *s) { return 8u * s->kernel_w; }

int lf_m4_depthwise_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_DEPTHWISE || lf_rows_pool(s) != 1 || s->in_w == 0 || s->out_w == 0) return 0;
  if (s->in_c < QUAD || s->out_c != s->in_c || (s->flags & LF_STEP_WIDE_WEIGHTS) != 0) return 0;
  if (s->clamp_min != -128 || s->clamp_max != 127 || !lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= tile_bytes(s) + lf_rows_bytes(s, lf_rows_needed(s, PADDED_RUN));
}

/** The weights of four channels, doubled: for each tap those of channels 0 and 2, then of 1 and 3. */
static void widen(const int8_t *weights, uint32_t taps, uint32_t channels, uint32_t *tile) {
  for (; taps > 0; taps--, weights += channels, tile += 2) {
    uint32_t four; /* may be unaligned */
    __builtin_memcpy(&four, weights, 4);
    int16x2_t even = __sxtb16(four), odd = __sxtb16(four >> 8);
    tile[0] = (uint32_t)__sadd16(even, even);
    tile[1] = (uint32_t)__sadd16(odd, odd);
  }
}

void lf_m4_depthwise_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  static const uint8_t order[QUAD] = {0, 2, 1, 3};
  const lf_plain tables = lf_plain_tables(s, data);
  const uint32_t channels = s->out_c, taps = s->kernel_w;
  uint32_t *tile = (uint32_t *)(void *)scratch;
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, PADDED_RUN), in, scratch + tile_bytes(s));
  lf_m4_quads_job job = {
      .pitch = channels,
      .apart = (uint32_t)s->stride_w * channels,
      .weights = tile,
      .weights_end = tile + 2u * taps,
      .taps = taps,
      .zero = s->out_zero,
  };
  for (uint32_t c = 0; c < channels; c += QUAD) {
    uint32_t first = c + QUAD <= channels ? c : channels - QUAD; /* the last four may overlap those before */
    widen((const int8_t *)tables.weights + first, taps, channels, tile);
    for (uint32_t i = 0; i < QUAD; i++) {
      lf_channel channel = lf_channel_of(s, &tables, first + order[i]);
      job.bias[i] = 2 * channel.bias;
      job.scales[i].multiplier = channel.multiplier;
      job.scales[i].power = (int32_t)(0u - (1u << (32 - channel.shift)));
    }
    job.in = rows + first;
    job.out = out + first;
    job.count = s->out_w;
    lf_m4_quads(&job);
  }
}
