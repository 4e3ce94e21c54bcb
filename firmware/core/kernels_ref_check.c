/** What the reference kernel demands of a step before it will run it. */
#include "kernels.h"

/** Every output position of a sliding window sees at least one input element. */
static int slides(uint32_t in, uint32_t out, uint32_t size, uint32_t stride, uint32_t pad) {
  return in > 0 && out > 0 && size > 0 && stride > 0 && pad < size && (out - 1) * stride < in + pad;
}

/** Plain tables of a weighted step with `taps` weights per output channel fit its data; shifts are in range. */
static int tables_fit(const lf_step *s, const uint8_t *data, uint64_t taps) {
  uint64_t width = (s->flags & LF_STEP_WIDE_WEIGHTS) != 0 ? 2 : 1;
  uint64_t scales = (s->flags & LF_STEP_ONE_SCALE) != 0 ? 1 : s->out_c;
  uint64_t fixed = 4u * ((uint64_t)s->out_c + scales) + ((scales + 3u) & ~(uint64_t)3u);
  if (taps > 0xFFFFFFu || fixed + taps * s->out_c * width > lf_data_bytes(s)) return 0;
  lf_plain tables = lf_plain_tables(s, data);
  for (uint32_t o = 0; o < scales; o++)
    if (tables.shift[o] < -31 || tables.shift[o] > 30) return 0;
  return 1;
}

static int convolution_fits(const lf_step *s, const uint8_t *data) {
  if (s->in_c == 0 || s->out_c == 0) return 0;
  if (!slides(s->in_h, s->conv_h, s->kernel_h, s->stride_h, s->pad_top)) return 0;
  if (!slides(s->in_w, s->conv_w, s->kernel_w, s->stride_w, s->pad_left)) return 0;
  if (!slides(s->conv_h, s->out_h, s->pool_h, s->pool_stride_h, s->pool_pad_top)) return 0;
  if (!slides(s->conv_w, s->out_w, s->pool_w, s->pool_stride_w, s->pool_pad_left)) return 0;
  uint64_t taps = (uint64_t)((uint32_t)s->kernel_h * s->kernel_w);
  if (s->op == LF_OP_CONV) return tables_fit(s, data, taps * s->in_c);
  return s->out_c % s->in_c == 0 && tables_fit(s, data, taps);
}

static int mean_fits(const lf_step *s, const uint8_t *data) {
  const int32_t *table = (const int32_t *)(const void *)data;
  return lf_data_bytes(s) >= 8 && table[1] >= -31 && table[1] <= 30;
}

static int softmax_fits(const lf_step *s, const uint8_t *data) {
  const int32_t *table = (const int32_t *)(const void *)data;
  return s->in_h > 0 && s->in_c > 0 && s->in_c < 4096 && s->out_c == s->in_c && s->out_w == s->in_w && s->out_h == 1 &&
         lf_data_bytes(s) >= 12 && table[0] >= 0 && table[1] >= 0 && table[1] <= 31 && table[2] <= 0;
}

/** Tables of so many words, of which `shift` is a right shift below 32 or a left shift below 31. */
static int words_fit(const lf_step *s, const uint8_t *data, uint32_t words, uint32_t shift) {
  const int32_t *table = (const int32_t *)(const void *)data;
  return lf_data_bytes(s) >= 4u * words && table[shift] >= -31 && table[shift] <= 30;
}

static int same_size(const lf_step *s) {
  return s->out_h == s->in_h && s->out_w == s->in_w && s->out_c == s->in_c;
}

/** The zero point of a product's second input is that of an int8. */
static int product_fits(const lf_step *s, const uint8_t *data) {
  if (!words_fit(s, data, 3, 1)) return 0;
  int32_t zero = ((const int32_t *)(const void *)data)[2];
  return zero >= -128 && zero <= 127;
}

static int resize_fits(const lf_step *s, const uint8_t *data) {
  const uint32_t *index = (const uint32_t *)(const void *)data, rows = s->out_h, columns = s->out_w;
  if (s->out_c != s->in_c || lf_data_bytes(s) < 4u * (rows + columns)) return 0;
  for (uint32_t i = 0; i < rows + columns; i++)
    if (index[i] >= (i < rows ? s->in_h : s->in_w)) return 0;
  return 1;
}

int lf_ref_accepts(const lf_step *s, const uint8_t *data) {
  switch (s->op) {
    case LF_OP_CONV:
    case LF_OP_DEPTHWISE:
      return convolution_fits(s, data);
    case LF_OP_FULLY_CONNECTED:
      return s->in_h > 0 && s->out_h == 1 && s->out_w == s->in_w && tables_fit(s, data, s->in_c);
    case LF_OP_MAX_POOL:
    case LF_OP_AVERAGE_POOL:
      return s->out_c == s->in_c && slides(s->in_h, s->out_h, s->kernel_h, s->stride_h, s->pad_top) &&
             slides(s->in_w, s->out_w, s->kernel_w, s->stride_w, s->pad_left);
    case LF_OP_MEAN:
      return s->out_h == s->in_h && s->out_w == 1 && s->out_c == s->in_c && mean_fits(s, data);
    case LF_OP_REDUCE_MAX:
      return s->out_h == s->in_h && s->out_w == 1 && s->out_c == s->in_c;
    case LF_OP_SOFTMAX:
      return softmax_fits(s, data);
    case LF_OP_SUM:
      return same_size(s) && words_fit(s, data, 2 * 256 + 2, 2 * 256 + 1);
    case LF_OP_PRODUCT:
      return same_size(s) && product_fits(s, data);
    case LF_OP_PAD:
      return s->out_c == s->in_c && (uint32_t)s->pad_top + s->in_h <= s->out_h && (uint32_t)s->pad_left + s->in_w <= s->out_w;
    case LF_OP_RESIZE:
      return resize_fits(s, data);
    default:
      return s->op == LF_OP_COPY && s->out_c >= s->in_c && (lf_data_bytes(s) == 0 || lf_data_bytes(s) >= 256);
  }
}
