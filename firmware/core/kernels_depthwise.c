/** One-dimensional depthwise convolution, four positions of a channel at a time. */
#include "kernels_plain.h"
#include "kernels_rows.h"

enum { RUN = 4 };

/** Table of an output channel; its int16 weights follow, filled up to a multiple of 4 bytes. */
typedef struct {
  int32_t bias, multiplier, shift;
} channel;

static uint32_t channel_bytes(const lf_step *s) { return sizeof(channel) + ((s->kernel_w * 2u + 3u) & ~3u); }

int lf_depthwise_accepts(const lf_step *s, const uint8_t *data) {
  uint32_t pool = lf_rows_pool(s);
  if (s->op != LF_OP_DEPTHWISE || pool == 0 || s->kernel_w == 0 || s->stride_w == 0 || s->in_w == 0 || s->out_w == 0)
    return 0;
  if (s->in_c == 0 || s->out_c == 0 || s->out_c % s->in_c != 0 || s->data_bytes / channel_bytes(s) < s->out_c) return 0;
  if (s->scratch_bytes < lf_rows_bytes(s, lf_rows_needed(s, RUN))) return 0;
  for (uint32_t o = 0; o < s->out_c; o++) {
    const channel *table = (const channel *)(const void *)(data + o * channel_bytes(s));
    if (table->shift < -31 || table->shift > 30) return 0;
  }
  return 1;
}

/** Accumulators of four positions, `apart` bytes from one to the next. */
static void accumulate(const channel *table, const int8_t *x, uint32_t taps, uint32_t pitch, uint32_t apart,
                       int32_t sum[RUN]) {
  const int16_t *w = (const int16_t *)(const void *)(table + 1);
  int32_t a = table->bias, b = a, c = a, d = a;
  for (; taps > 0; taps--, x += pitch) {
    int32_t weight = *w++;
    a += x[0] * weight;
    b += x[apart] * weight;
    c += x[2u * apart] * weight;
    d += x[3u * apart] * weight;
  }
  sum[0] = a, sum[1] = b, sum[2] = c, sum[3] = d;
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

static void run_channel(const lf_step *s, const channel *table, const int8_t *x, int8_t *out) {
  uint32_t pool = s->pool_w, outputs = RUN / pool, apart = (uint32_t)s->stride_w * s->in_c;
  for (uint32_t done = 0; done < s->out_w; done += outputs) {
    int32_t sum[RUN];
    /* a last run that would be incomplete begins earlier and computes some outputs again */
    uint32_t first = done + outputs <= s->out_w || s->out_w < outputs ? done : s->out_w - outputs;
    accumulate(table, x + first * pool * apart, s->kernel_w, s->in_c, apart, sum);
    if (pool == 2) sum[0] = larger(sum[0], sum[1]), sum[1] = larger(sum[2], sum[3]);
    for (uint32_t i = 0; i < outputs && first + i < s->out_w; i++) {
      int32_t value = lf_requantise(sum[i], table->multiplier, table->shift);
      out[(first + i) * s->out_c] = lf_offset_clamp(value, s->out_zero, s->clamp_min, s->clamp_max);
    }
  }
}

void lf_depthwise_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, RUN), in, scratch);
  uint32_t per_input = s->out_c / s->in_c;
  for (uint32_t o = 0, c = 0; c < s->in_c; c++)
    for (uint32_t i = 0; i < per_input; i++, o++)
      run_channel(s, (const channel *)(const void *)(data + o * channel_bytes(s)), rows + c, out + o);
}
