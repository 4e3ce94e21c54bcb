/** Cortex-M4: fully connected layer of two outputs or more on plain tables; kernels_m4_dense.S. */
#include <stddef.h>

#include "kernels_m4_job.h"
#include "kernels_m4_run.h"
#include "kernels_scale.h"

#define ASSERT_AT(field, offset) _Static_assert(offsetof(lf_m4_dense_job, field) == (offset), #field)
ASSERT_AT(weights, DENSE_WEIGHTS);
ASSERT_AT(inputs, DENSE_INPUTS);
ASSERT_AT(skip, DENSE_SKIP);
ASSERT_AT(tile, DENSE_TILE);
ASSERT_AT(tile_end, DENSE_TILE_END);
ASSERT_AT(bias, DENSE_BIAS);
ASSERT_AT(multiplier, DENSE_MULTIPLIER);
ASSERT_AT(shift, DENSE_SHIFT);
ASSERT_AT(next, DENSE_NEXT);
ASSERT_AT(zero, DENSE_ZERO);
ASSERT_AT(out, DENSE_OUT);
ASSERT_AT(count, DENSE_COUNT);

static uint32_t quads(const lf_step *s) { return (s->in_c + 3u) / 4u; }

int lf_m4_dense_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_FULLY_CONNECTED || s->in_c == 0 || s->out_c < 2 || (s->flags & LF_STEP_WIDE_WEIGHTS) != 0) return 0;
  if (s->clamp_min != -128 || s->clamp_max != 127 || !lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= 8u * quads(s);
}

/** A row of inputs as the kernel takes it: even and odd bytes of each four, zeros behind the last. */
static void widen(const int8_t *in, uint32_t count, uint32_t *tile) {
  uint32_t four = 0;
  for (; count >= 4; count -= 4, in += 4, tile += 2) {
    __builtin_memcpy(&four, in, 4);
    tile[0] = (uint32_t)lf_even_bytes(four);
    tile[1] = (uint32_t)lf_odd_bytes(four);
  }
  if (count == 0) return;
  four = 0;
  for (uint32_t i = 0; i < count; i++) four |= (uint32_t)(uint8_t)in[i] << (8u * i);
  tile[0] = (uint32_t)lf_even_bytes(four);
  tile[1] = (uint32_t)lf_odd_bytes(four);
}

static void run_pairs(const lf_step *s, const lf_plain *t, uint32_t first, uint32_t pairs, uint32_t *tile, int8_t *out) {
  uint32_t inputs = s->in_c, from = first * t->next;
  lf_m4_dense_job job = {
      .weights = (const int8_t *)t->weights + first * inputs,
      .inputs = inputs,
      .skip = 2u * inputs - 4u * quads(s),
      .tile = tile,
      .tile_end = tile + 2u * quads(s),
      .bias = t->bias + first,
      .multiplier = t->multiplier + from,
      .shift = t->shift + from,
      .next = t->next,
      .zero = s->out_zero,
      .out = out + first,
      .count = pairs,
  };
  lf_m4_dense_pairs(&job);
}

/** A layer that lf_m4_dense_nine can do; if so it is done. */
static int run_nine(const lf_step *s, const lf_plain *t, const int8_t *in, int8_t *out) {
  if (s->in_c != 9 || s->out_c % 2u != 0 || t->next != 0 || t->shift[0] > -2) return 0;
  for (uint32_t row = s->in_w; row > 0; row--, in += s->in_c, out += s->out_c) {
    const lf_m4_few_job job = {in, t->weights, t->bias, out, out + s->out_c, t->multiplier[0], 1 << (32 + t->shift[0]), s->out_zero};
    lf_m4_dense_nine(&job);
  }
  return 1;
}

void lf_m4_dense_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const lf_plain tables = lf_plain_tables(s, data);
  if (run_nine(s, &tables, in, out)) return;
  uint32_t *tile = (uint32_t *)(void *)scratch;
  for (uint32_t row = s->in_w; row > 0; row--, in += s->in_c, out += s->out_c) {
    widen(in, s->in_c, tile);
    run_pairs(s, &tables, 0, s->out_c / 2u, tile, out);
    if (s->out_c % 2u != 0) run_pairs(s, &tables, s->out_c - 2u, 1, tile, out); /* computes the one before again */
  }
}
