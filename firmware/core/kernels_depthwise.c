/** One-dimensional depthwise convolution, four positions of a channel at a time. */
#include "kernels_plain.h"
#include "kernels_rows.h"

enum { RUN = 4 };

/** Table of an output channel; its int16 weights follow, filled up to a multiple of 4 bytes. */
typedef struct {
  int32_t bias, multiplier, rounding, shift;
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
    if (table->shift < 0 || table->shift > 31) return 0;
  }
  return 1;
}

/** Upper word of a * b; b is not negative. */
static inline int32_t upper_word(int32_t a, int32_t b) {
#if __ARM_ARCH == 6
  /* from 16-bit pieces: cheaper than a 64-bit product by library */
  uint32_t a_low = (uint16_t)a, b_low = (uint16_t)b, b_high = (uint32_t)b >> 16;
  int32_t a_high = a >> 16, mixed = a_high * (int32_t)b_low;
  uint32_t middle = (a_low * b_low >> 16) + a_low * b_high + (uint16_t)mixed;
  return a_high * (int32_t)b_high + (mixed >> 16) + (int32_t)(middle >> 16);
#else
  return (int32_t)(((int64_t)a * b) >> 32);
#endif
}

/** What stays the same over a channel; in registers or on the stack, where stores of outputs cannot change it. */
typedef struct {
  uint32_t taps, pitch, apart; /* bytes from a tap to the next, and from a position to the next */
  uint32_t pool, outputs, out_w, out_c;
  int32_t multiplier, rounding, shift, low, high;
} plan;

/** Requantises an accumulator, see `channelConstants` in layout-packed.ts (the general form). */
static inline int8_t scale(const plan *p, int32_t sum) {
  int32_t value = (upper_word((int32_t)((uint32_t)sum << 2), p->multiplier) + 1) >> 1;
  value = (value + (value >> 31) + p->rounding) >> p->shift;
  value = value < p->low ? p->low : value;
  return (int8_t)(value > p->high ? p->high : value);
}

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/** Four positions from x on: one run of outputs. */
static inline void run_positions(const plan *p, int32_t bias, const int16_t *w, const int8_t *x, int8_t *out) {
  int32_t a = bias, b = bias, c = bias, d = bias;
  uint32_t apart = p->apart, pitch = p->pitch;
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
    if (p->out_w > 1) out[p->out_c] = scale(p, larger(c, d));
    return;
  }
  out[0] = scale(p, a);
  if (p->out_w > 1) out[p->out_c] = scale(p, b);
  if (p->out_w > 2) out[2u * p->out_c] = scale(p, c);
  if (p->out_w > 3) out[3u * p->out_c] = scale(p, d);
}

static void run_channel(const plan *p, const channel *table, const int8_t *x, int8_t *out) {
  const int16_t *weights = (const int16_t *)(const void *)(table + 1);
  int32_t bias = table->bias;
  uint32_t in_step = p->outputs * p->pool * p->apart, out_step = p->outputs * p->out_c, done = p->outputs;
  run_positions(p, bias, weights, x, out);
  for (; done + p->outputs <= p->out_w; done += p->outputs) {
    x += in_step, out += out_step;
    run_positions(p, bias, weights, x, out);
  }
  if (done >= p->out_w) return;
  /* the last run would be incomplete: it begins earlier and computes some outputs again */
  uint32_t back = done + p->outputs - p->out_w;
  run_positions(p, bias, weights, x + in_step - back * p->pool * p->apart, out + out_step - back * p->out_c);
}

void lf_depthwise_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, RUN), in, scratch);
  uint32_t per_input = s->out_c / s->in_c, bytes = channel_bytes(s);
  plan p = {
      .taps = s->kernel_w,
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
    for (uint32_t i = 0; i < per_input; i++, data += bytes) {
      const channel *table = (const channel *)(const void *)data;
      p.multiplier = table->multiplier;
      p.rounding = table->rounding;
      p.shift = table->shift;
      run_channel(&p, table, rows, out++);
    }
  }
}
