/**
 * The reference kernel: every operator in plain C, with TFLite's arithmetic for int8 (and so for uint8, see
 * harness/model/pack/blob.ts). Written to be read; tuned kernels must equal it bit for bit.
 *
 * Rounding follows TFLite's reference kernels: accumulate in int32, requantise by a 31-bit multiplier with rounding in
 * the high multiplication and again in the right shift, add the output zero point, clamp to the activation's range.
 * A fused max pool takes the maximum of accumulators: requantisation and clamp are monotone, so that equals pooling
 * their results.
 */
#include "kernels.h"

static int8_t finish(const lf_step *s, const lf_plain *t, uint32_t channel, int32_t acc) {
  int32_t value = lf_requantise(acc, t->multiplier[channel * t->next], t->shift[channel * t->next]);
  return lf_offset_clamp(value, s->out_zero, s->clamp_min, s->clamp_max);
}

/** Cells first..last-1 of a filter of `size` that begins at `start` lie inside 0..limit-1. */
typedef struct {
  int32_t first, last;
} span;

static span clip(int32_t start, int32_t size, int32_t limit) {
  span inside = {start < 0 ? -start : 0, start + size > limit ? limit - start : size};
  return inside;
}

static int32_t weight_at(const lf_step *s, const void *weights, uint32_t i) {
  return (s->flags & LF_STEP_WIDE_WEIGHTS) != 0 ? ((const int16_t *)weights)[i] : ((const int8_t *)weights)[i];
}

/** Adds x[i] * w[first + i]; wrapping, though the packer refuses tables that could. */
static int32_t dot(const lf_step *s, int32_t acc, const int8_t *x, const void *weights, uint32_t first,
                   uint32_t count) {
  uint32_t sum = (uint32_t)acc;
  if ((s->flags & LF_STEP_WIDE_WEIGHTS) != 0) {
    const int16_t *w = (const int16_t *)weights + first;
    for (uint32_t i = 0; i < count; i++) sum += (uint32_t)(x[i] * w[i]);
  } else {
    const int8_t *w = (const int8_t *)weights + first;
    for (uint32_t i = 0; i < count; i++) sum += (uint32_t)(x[i] * w[i]);
  }
  return (int32_t)sum;
}

/** Adds inZero * w over `count` weights from `first`: taps that fall into the padding. */
static int32_t dot_padding(const lf_step *s, int32_t acc, const void *weights, uint32_t first, uint32_t count) {
  uint32_t sum = (uint32_t)acc;
  for (uint32_t i = 0; i < count; i++) sum += (uint32_t)(s->in_zero * weight_at(s, weights, first + i));
  return (int32_t)sum;
}

/** Accumulator of one convolution output: rows of the filter that lie inside are contiguous in input and weights. */
static int32_t conv_cell(const lf_step *s, const lf_plain *t, const int8_t *in, int32_t y, int32_t x, uint32_t o) {
  int32_t top = y * s->stride_h - s->pad_top, left = x * s->stride_w - s->pad_left;
  span rows = clip(top, s->kernel_h, s->in_h), columns = clip(left, s->kernel_w, s->in_w);
  uint32_t before = (uint32_t)columns.first * s->in_c, inside = (uint32_t)(columns.last - columns.first) * s->in_c;
  uint32_t row_weights = (uint32_t)s->kernel_w * s->in_c;
  int32_t acc = t->bias[o];
  uint32_t w = o * s->kernel_h * row_weights;
  for (int32_t ky = 0; ky < s->kernel_h; ky++, w += row_weights) {
    if (ky < rows.first || ky >= rows.last) {
      acc = dot_padding(s, acc, t->weights, w, row_weights);
      continue;
    }
    const int8_t *line = in + ((uint32_t)(top + ky) * s->in_w + (uint32_t)(left + columns.first)) * s->in_c;
    acc = dot_padding(s, acc, t->weights, w, before);
    acc = dot(s, acc, line, t->weights, w + before, inside);
    acc = dot_padding(s, acc, t->weights, w + before + inside, row_weights - before - inside);
  }
  return acc;
}

static int32_t depthwise_cell(const lf_step *s, const lf_plain *t, const int8_t *in, int32_t y, int32_t x, uint32_t o) {
  int32_t top = y * s->stride_h - s->pad_top, left = x * s->stride_w - s->pad_left;
  uint32_t channel = o / (s->out_c / s->in_c), w = o;
  uint32_t sum = (uint32_t)t->bias[o];
  for (int32_t iy = top; iy < top + s->kernel_h; iy++) {
    for (int32_t ix = left; ix < left + s->kernel_w; ix++, w += s->out_c) {
      int inside = iy >= 0 && iy < s->in_h && ix >= 0 && ix < s->in_w;
      int32_t value = inside ? in[((uint32_t)iy * s->in_w + (uint32_t)ix) * s->in_c + channel] : s->in_zero;
      sum += (uint32_t)(value * weight_at(s, t->weights, w));
    }
  }
  return (int32_t)sum;
}

/** Convolution or depthwise convolution, with a max pool (1 x 1 if none was fused) over its accumulators. */
static void convolve(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out) {
  lf_plain t = lf_plain_tables(s, data);
  for (int32_t py = 0; py < s->out_h; py++) {
    int32_t top = py * s->pool_stride_h - s->pool_pad_top;
    span rows = clip(top, s->pool_h, s->conv_h);
    for (int32_t px = 0; px < s->out_w; px++) {
      int32_t left = px * s->pool_stride_w - s->pool_pad_left;
      span columns = clip(left, s->pool_w, s->conv_w);
      for (uint32_t o = 0; o < s->out_c; o++) {
        int32_t best = INT32_MIN;
        for (int32_t y = top + rows.first; y < top + rows.last; y++) {
          for (int32_t x = left + columns.first; x < left + columns.last; x++) {
            int32_t acc =
                s->op == LF_OP_CONV ? conv_cell(s, &t, in, y, x, o) : depthwise_cell(s, &t, in, y, x, o);
            if (acc > best) best = acc;
          }
        }
        *out++ = finish(s, &t, o, best);
      }
    }
  }
}

static void fully_connected(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out) {
  lf_plain t = lf_plain_tables(s, data);
  for (uint32_t row = 0; row < s->in_w; row++, in += s->in_c)
    for (uint32_t o = 0; o < s->out_c; o++)
      *out++ = finish(s, &t, o, dot(s, t.bias[o], in, t.weights, o * s->in_c, s->in_c));
}

/** sum / count, rounded half away from zero (TFLite int8), or half up on q + 128 (TFLite uint8). */
static int32_t average(int32_t sum, int32_t count, int round_unsigned) {
  if (round_unsigned) return (sum + 128 * count + count / 2) / count - 128;
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

/** `count` values, `apart` bytes from one to the next. */
static int32_t sum_of(const int8_t *in, uint32_t count, uint32_t apart) {
  int32_t sum = 0;
  for (; count > 0; count--, in += apart) sum += *in;
  return sum;
}

static int8_t largest_of(const int8_t *in, uint32_t count, uint32_t apart) {
  int32_t best = INT8_MIN;
  for (; count > 0; count--, in += apart)
    if (*in > best) best = *in;
  return (int8_t)best;
}

static void pool(const lf_step *s, const int8_t *in, int8_t *out) {
  const int averaged = s->op == LF_OP_AVERAGE_POOL;
  for (int32_t oy = 0; oy < s->out_h; oy++) {
    int32_t top = oy * s->stride_h - s->pad_top;
    span rows = clip(top, s->kernel_h, s->in_h);
    for (int32_t ox = 0; ox < s->out_w; ox++) {
      int32_t left = ox * s->stride_w - s->pad_left;
      span columns = clip(left, s->kernel_w, s->in_w);
      const uint32_t width = columns.last > columns.first ? (uint32_t)(columns.last - columns.first) : 0;
      const int32_t count = (rows.last - rows.first) * (int32_t)width;
      for (uint32_t c = 0; c < s->in_c; c++) {
        const int8_t *row = in + ((uint32_t)(top + rows.first) * s->in_w + (uint32_t)(left + columns.first)) * s->in_c + c;
        int32_t best = INT8_MIN, sum = 0;
        for (int32_t y = rows.first; y < rows.last; y++, row += (uint32_t)s->in_w * s->in_c) {
          if (averaged) {
            sum += sum_of(row, width, s->in_c);
          } else {
            int32_t value = largest_of(row, width, s->in_c);
            if (value > best) best = value;
          }
        }
        if (averaged) best = average(sum, count, (s->flags & LF_STEP_ROUND_UNSIGNED) != 0);
        *out++ = lf_offset_clamp(best, 0, s->clamp_min, s->clamp_max);
      }
    }
  }
}

void lf_ref_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  (void)scratch;
  switch (s->op) {
    case LF_OP_CONV:
    case LF_OP_DEPTHWISE:
      convolve(s, data, in, out);
      break;
    case LF_OP_FULLY_CONNECTED:
      fully_connected(s, data, in, out);
      break;
    case LF_OP_MAX_POOL:
    case LF_OP_AVERAGE_POOL:
      pool(s, in, out);
      break;
    case LF_OP_MEAN:
    case LF_OP_REDUCE_MAX:
      lf_ref_reduce(s, data, in, out);
      break;
    case LF_OP_SOFTMAX:
      lf_ref_softmax(s, (const int32_t *)(const void *)data, in, out);
      break;
    default:
      lf_ref_move(s, data, in, out);
      break;
  }
}
