/** One-dimensional depthwise convolution on plain tables, four positions of a channel at a time. */
#include "kernels_plain.h"
#include "kernels_rows.h"
#include "kernels_scale.h"

enum { RUN = 4 };

int lf_depthwise_accepts(const lf_step *s, const uint8_t *data) {
  if (s->op != LF_OP_DEPTHWISE || lf_rows_pool(s) == 0 || s->in_w == 0 || s->out_w == 0) return 0;
  if ((s->flags & LF_STEP_WIDE_WEIGHTS) != 0 || !lf_ref_accepts(s, data) || !lf_scale_accepts(s, data)) return 0;
  return lf_scratch_bytes(s) >= 4u * s->kernel_w + lf_rows_bytes(s, lf_rows_needed(s, RUN));
}

/** What stays the same over a channel; in registers or on the stack, where stores of outputs cannot change it. */
typedef struct {
  uint32_t taps, pitch, apart; /* bytes from a tap to the next, and from a position to the next */
  uint32_t pool, outputs, out_w, out_c;
  int32_t bias, multiplier, rounding, shift, low, high;
} plan;

static inline int8_t scale(const plan *p, int32_t sum) {
  return lf_limit((lf_rounded(sum, p->multiplier) + p->rounding) >> p->shift, p->low, p->high);
}

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/** Four positions from x on: one run of outputs. */
static inline void run_positions(const plan *p, const int32_t *w, const int8_t *x, int8_t *out) {
  int32_t a = p->bias, b = a, c = a, d = a;
  uint32_t apart = p->apart, pitch = p->pitch, next = p->out_c;
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
    if (p->out_w > 1) out[next] = scale(p, larger(c, d));
    return;
  }
  out[0] = scale(p, a);
  if (p->out_w > 1) out[next] = scale(p, b);
  if (p->out_w > 2) out[2u * next] = scale(p, c);
  if (p->out_w > 3) out[3u * next] = scale(p, d);
}

static void run_channel(const plan *p, const int32_t *w, const int8_t *x, int8_t *out) {
  uint32_t in_step = p->outputs * p->pool * p->apart, out_step = p->outputs * p->out_c, done = p->outputs;
  run_positions(p, w, x, out);
  for (; done + p->outputs <= p->out_w; done += p->outputs) {
    x += in_step, out += out_step;
    run_positions(p, w, x, out);
  }
  if (done >= p->out_w) return;
  /* the last run would be incomplete: it begins earlier and computes some outputs again */
  uint32_t back = done + p->outputs - p->out_w;
  run_positions(p, w, x + in_step - back * p->pool * p->apart, out + out_step - back * p->out_c);
}

void lf_depthwise_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  const lf_plain tables = lf_plain_tables(s, data);
  const uint32_t taps = s->kernel_w, channels = s->out_c;
  int32_t *column = (int32_t *)(void *)scratch; /* the weights of a channel */
  const int8_t *rows = lf_rows_pad(s, lf_rows_needed(s, RUN), in, scratch + 4u * taps), *weights = tables.weights;
  uint32_t per_input = s->out_c / s->in_c, o = 0;
  plan p = {
      .taps = taps,
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
    for (uint32_t i = 0; i < per_input; i++, o++) {
      const lf_channel channel = lf_channel_of(s, &tables, o);
      p.bias = channel.bias;
      p.multiplier = channel.multiplier;
      p.rounding = channel.rounding;
      p.shift = channel.shift;
      for (uint32_t tap = 0; tap < taps; tap++) column[tap] = weights[tap * channels + o];
      run_channel(&p, column, rows, out + o);
    }
  }
}
