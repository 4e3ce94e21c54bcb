/** Sets up the kernels of two positions a word; tables: harness/model/pack/layouts/packed.ts. */
#include "kernels_packed_job.h"

#include <stddef.h>

#include "kernels_packed_run.h"
#include "kernels_rows.h"

#define ASSERT_AT(field, offset) _Static_assert(offsetof(lf_packed_job, field) == (offset), #field)
ASSERT_AT(tile, JOB_TILE);
ASSERT_AT(table, JOB_TABLE);
ASSERT_AT(table_end, JOB_TABLE_END);
ASSERT_AT(out, JOB_OUT);
ASSERT_AT(out_pitch, JOB_OUT_PITCH);
ASSERT_AT(mode, JOB_MODE);
ASSERT_AT(low, JOB_LOW);
ASSERT_AT(high, JOB_HIGH);
ASSERT_AT(in, JOB_IN);
ASSERT_AT(pitch, JOB_PITCH);
ASSERT_AT(elements, JOB_ELEMENTS);
ASSERT_AT(channels, JOB_CHANNELS);
ASSERT_AT(runs, JOB_RUNS);
ASSERT_AT(out_step, JOB_OUT_STEP);
ASSERT_AT(zero, JOB_ZERO);

enum { RUN = LF_PACKED_RUN, TILE_WORDS = RUN / 2 };

typedef uint32_t stream_walk(const uint8_t *stream, uint32_t limit, uint32_t elements, uint32_t width);

static uint32_t filter_elements(const lf_step *s) { return (uint32_t)s->kernel_w * s->in_c; }

static uint32_t tile_bytes(const lf_step *s) { return filter_elements(s) * TILE_WORDS * 4u; }

/** Walks one stream. @return bytes of it, or 0 if it is not one of `elements` elements that ends within `limit` */
static uint32_t stream_bytes(const uint8_t *stream, uint32_t limit, uint32_t elements, uint32_t width) {
  uint32_t header_bytes = HEADER_WEIGHTS * width;
  uint32_t at = 0, done = 0;
  for (int32_t first = 1;; first = 0) {
    if (at + header_bytes > limit) return 0;
    int32_t header = width == 1 ? (int8_t)stream[at] : *(const int16_t *)(const void *)(stream + at);
    /* the assembler jumps by the whole word that a wide header fills */
    for (uint32_t i = width; i < header_bytes; i++)
      if (stream[at + i] != 0) return 0;
    at += header_bytes;
    if (!first && (header == HEADER_END || header == HEADER_END_FLUSHED || header == HEADER_END_STORED))
      return done == elements ? at : 0;
    int32_t steps = header < 0 ? -header : header > HEADER_CONTINUE ? header - HEADER_CONTINUE : header;
    if (PACKED_STORES && header < -HEADER_STORE) steps -= HEADER_STORE;
    if (steps < 1 || steps > PACKED_UNROLLED || (first && header != steps)) return 0;
    done += (uint32_t)steps;
    at += 2u * width * (uint32_t)steps;
    if (done > elements || at > limit) return 0;
  }
}

#if __ARM_ARCH == 7
/** The same of lf_m3_stacked_run's. */
static uint32_t stacked_bytes(const uint8_t *stream, uint32_t limit, uint32_t elements, uint32_t width) {
  uint32_t at = 0, done = 0, flushes = 0;
  for (;;) {
    if (at >= limit) return 0;
    int32_t header = (int8_t)stream[at];
    if (at > 0 && header <= 0 && header >= -STACKED_FLUSHES) return done == elements && (uint32_t)-header == flushes ? at + 1u : 0;
    if (at > 0 && header > 0 && ++flushes > STACKED_FLUSHES) return 0;
    int32_t steps = at > 0 && header < 0 ? -header - STACKED_CONTINUE : header;
    if (steps < 1 || steps > PACKED_UNROLLED) return 0;
    done += (uint32_t)steps;
    at += 1u + 2u * width * (uint32_t)steps;
    if (done > elements) return 0;
  }
}
#endif

/** Bytes of all blocks, or 0 if one is not in order. */
static uint32_t table_bytes(const lf_step *s, const uint8_t *data, stream_walk *walk, uint32_t width, uint32_t constants) {
  uint32_t at = 0;
  for (uint32_t pair = 0; pair < lf_even(s->out_c) / 2u; pair++) {
    if (at >= lf_data_bytes(s)) return 0;
    uint32_t bytes = walk(data + at, lf_data_bytes(s) - at, filter_elements(s), width);
    if (bytes == 0) return 0;
    at += ((bytes + 3u) & ~3u) + 2u * constants * 4u;
  }
  return at;
}

static int accepts(const lf_step *s, const uint8_t *data, stream_walk *walk, uint32_t width, uint32_t constants) {
  uint32_t pool = lf_rows_pool(s);
  if (s->op != LF_OP_CONV || pool == 0 || s->in_w == 0 || s->in_c == 0 || s->kernel_w == 0 || s->stride_w == 0) return 0;
  if (s->out_w == 0 || s->out_c == 0 || filter_elements(s) > 4096) return 0;
  if (lf_scratch_bytes(s) < tile_bytes(s) + lf_rows_bytes(s, lf_rows_needed(s, RUN)) + lf_rows_beside_bytes(s, RUN / pool))
    return 0;
  uint32_t bytes = table_bytes(s, data, walk, width, constants);
  return bytes != 0 && bytes == lf_data_bytes(s);
}

int lf_packed_conv_accepts(const lf_step *s, const uint8_t *data) { return accepts(s, data, stream_bytes, 1, PACKED_CONSTANTS); }
int lf_packed_conv_wide_accepts(const lf_step *s, const uint8_t *data) { return accepts(s, data, stream_bytes, 2, PACKED_CONSTANTS); }
#if __ARM_ARCH == 7
int lf_m3_stacked_accepts(const lf_step *s, const uint8_t *data) { return accepts(s, data, stacked_bytes, 1, PACKED_CONSTANTS); }
int lf_m3_stacked_small_accepts(const lf_step *s, const uint8_t *data) {
  return accepts(s, data, stacked_bytes, 1, PACKED_SMALL_CONSTANTS);
}
#endif

int lf_packed_is_fast(const lf_step *s) { return s->out_zero == -128 && s->clamp_min == -128 && s->clamp_max == 127; }

void lf_packed_convolve(const lf_step *s, const uint8_t *table, const uint8_t *table_end, uint32_t elements,
                        uint32_t tile_bytes, const int8_t *in,
                        int8_t *out, uint8_t *scratch, void run(const lf_packed_job *)) {
  uint32_t pool = s->pool_w, outputs = RUN / pool, rows = lf_rows_needed(s, RUN), pitch = lf_even(s->out_c);
  uint8_t *padded = scratch + tile_bytes;
  int8_t *to = lf_rows_beside(s, outputs) ? (int8_t *)padded + lf_rows_bytes(s, rows) : out;
  lf_packed_job job = {
      .tile = (uint32_t *)(void *)scratch,
      .table = table,
      .table_end = table_end,
      .out = to + pitch - 2u,
      .out_pitch = pitch,
      .mode = (pool == 2 ? MODE_POOL : 0u) | (lf_packed_is_fast(s) ? MODE_FAST : 0u) |
              (s->kernel_w == 3 && s->stride_w == 1 ? MODE_TAPS : 0u),
      .low = s->clamp_min,
      .high = s->clamp_max,
      .in = lf_rows_pad(s, rows, in, padded),
      .pitch = (uint32_t)s->stride_w * s->in_c,
      .elements = elements,
      .channels = s->in_c,
      .runs = s->out_w < outputs ? 1u : s->out_w / outputs,
      .out_step = outputs * pitch,
      .zero = 2 * s->out_zero + 1,
  };
  run(&job);
  if (s->out_w > job.runs * outputs) {
    /* a last run that would be incomplete begins earlier and computes some outputs again */
    uint32_t first = s->out_w - outputs;
    job.in += first * pool * job.pitch;
    job.out += first * pitch;
    job.runs = 1;
    run(&job);
  }
  if (to != out) lf_rows_pack(out, to, pitch, s->out_c, s->out_w);
}

void lf_packed_conv_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_packed_convolve(s, data, data + lf_data_bytes(s), filter_elements(s), tile_bytes(s), in, out, scratch, lf_packed_run);
}

void lf_packed_conv_wide_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_packed_convolve(s, data, data + lf_data_bytes(s), filter_elements(s), tile_bytes(s), in, out, scratch, lf_packed_run_wide);
}

#if __ARM_ARCH == 7
void lf_m3_stacked_conv_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_packed_convolve(s, data, data + lf_data_bytes(s), filter_elements(s), tile_bytes(s), in, out, scratch, lf_m3_stacked_run);
}

void lf_m3_stacked_conv_small_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_packed_convolve(s, data, data + lf_data_bytes(s), filter_elements(s), tile_bytes(s), in, out, scratch, lf_m3_stacked_run_small);
}
#endif
