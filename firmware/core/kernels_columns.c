/**
 * Two-dimensional convolutions, a row of outputs at a time. The input rows under it are laid out column by column in scratch, padding
 * included: for each column its kernel_h rows of in_c values. There the window of a position is a run of bytes, as in one dimension:
 * a convolution is one of kernel_h * in_c channels, a depthwise one has kernel_h * kernel_w taps in_c apart.
 */
#include "kernels_columns.h"

#include "mem.h"

static uint32_t columns(const lf_step *s) { return (uint32_t)(s->out_w - 1u) * s->stride_w + s->kernel_w; }

static uint32_t band_bytes(const lf_step *s) { return (((uint32_t)s->kernel_h * columns(s) * s->in_c + 3u) & ~3u) + 4u; }

/** A row of outputs on the band. */
static lf_step row_step(const lf_step *s) {
  lf_step row = *s;
  row.in_h = row.conv_h = row.out_h = 1;
  row.kernel_h = row.stride_h = 1;
  row.pad_top = row.pad_left = 0;
  row.conv_w = s->out_w;
  row.scratch_words = (uint16_t)(s->scratch_words - band_bytes(s) / 4u);
  if (s->op == LF_OP_CONV) {
    row.in_w = (uint16_t)columns(s);
    row.in_c = (uint16_t)(s->kernel_h * s->in_c);
  } else {
    row.in_w = (uint16_t)(columns(s) * s->kernel_h);
    row.kernel_w = (uint16_t)(s->kernel_h * s->kernel_w);
    row.stride_w = (uint8_t)(s->kernel_h * s->stride_w);
  }
  return row;
}

int lf_columns_accepts(const lf_step *s, const uint8_t *data, lf_accepts *inner) {
  if ((s->op != LF_OP_CONV && s->op != LF_OP_DEPTHWISE) || s->pool_h != 1 || s->pool_w != 1) return 0;
  if (s->pool_stride_h != 1 || s->pool_stride_w != 1 || s->pool_pad_top != 0 || s->pool_pad_left != 0) return 0;
  if (s->in_h == 0 || s->in_w == 0 || s->in_c == 0 || s->out_h == 0 || s->out_w == 0 || s->out_c == 0) return 0;
  if (s->kernel_h == 0 || s->kernel_w == 0 || s->stride_h == 0 || s->stride_w == 0) return 0;
  if (s->kernel_h > 255 || s->kernel_w > 255 || (uint32_t)s->kernel_h * s->kernel_w > 255) return 0;
  if ((uint32_t)s->kernel_h * s->stride_w > 255 || (uint32_t)s->kernel_h * s->in_c > 65535) return 0;
  if (columns(s) > 65535 || s->kernel_h * columns(s) > 65535 || lf_scratch_bytes(s) < band_bytes(s)) return 0;
  lf_step row = row_step(s);
  return inner(&row, data);
}

#ifdef __ARM_FEATURE_UNALIGNED
/** Four pixels of three channels under a filter of three rows, each with a byte behind it; fewer cycles than one by one. */
static inline void triples(uint8_t *to, const uint8_t *from) {
  uint32_t a, b, c, d;
  __asm volatile(
      "ldr %0, [%4]\n\t ldr %1, [%4, #3]\n\t ldr %2, [%4, #6]\n\t ldr %3, [%4, #9]\n\t"
      "str %0, [%5]\n\t str %1, [%5, #9]\n\t str %2, [%5, #18]\n\t str %3, [%5, #27]"
      : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
      : "r"(from), "r"(to)
      : "memory");
}
#endif

/**
 * `count` times `bytes` bytes to places `apart` bytes apart; whole words where possible.
 * @param spill a byte behind each place but the last may be changed
 */
static void scatter(uint8_t *to, const uint8_t *from, uint32_t bytes, uint32_t apart, uint32_t count, int spill) {
  if (((bytes | apart | (uintptr_t)from | (uintptr_t)to) & 3u) != 0) {
    (void)spill;
#ifdef __ARM_FEATURE_UNALIGNED
    if (bytes == 3 && spill) {
      if (apart == 9) {
        for (; count > 4; count -= 4, from += 12, to += 36) triples(to, from);
      }
      for (; count > 1; count--, from += 3, to += apart) {
        uint32_t four;
        __builtin_memcpy(&four, from, 4);
        __builtin_memcpy(to, &four, 4);
      }
    }
#endif
    for (; count > 0; count--, to += apart)
      for (uint32_t i = 0; i < bytes; i++) to[i] = *from++;
    return;
  }
  const uint32_t *source = (const uint32_t *)(const void *)from;
  uint32_t *target = (uint32_t *)(void *)to;
  const uint32_t gap = (apart - bytes) / 4u;
  for (; count > 0; count--, target += gap) {
    uint32_t left = bytes;
    for (; left >= 16; left -= 16, source += 4, target += 4) {
      uint32_t a = source[0], b = source[1], c = source[2], d = source[3];
      target[0] = a, target[1] = b, target[2] = c, target[3] = d;
    }
    for (; left > 0; left -= 4) *target++ = *source++;
  }
}

/** `count` chunks of `bytes` bytes, `apart` bytes apart, of one value. */
static void blank(uint8_t *to, int32_t value, uint32_t bytes, uint32_t apart, uint32_t count) {
  for (; count > 0; count--, to += apart) memset(to, value, bytes);
}

/** The band of output row `y`. A chunk of all rows but the last may spill into that of the next row, which is filled later. */
static void fill(const lf_step *s, const int8_t *in, uint32_t y, uint8_t *band) {
  const uint32_t bytes = s->in_c, apart = (uint32_t)s->kernel_h * bytes, all = columns(s), left = s->pad_left;
  const uint32_t inside = left + s->in_w < all ? s->in_w : all > left ? all - left : 0;
  for (uint32_t ky = 0; ky < s->kernel_h; ky++) {
    uint8_t *to = band + ky * bytes;
    int32_t row = (int32_t)(y * s->stride_h + ky) - s->pad_top;
    if (row < 0 || row >= s->in_h) {
      blank(to, s->in_zero, bytes, apart, all);
      continue;
    }
    const uint8_t *from = (const uint8_t *)in + (uint32_t)row * s->in_w * bytes;
    blank(to, s->in_zero, bytes, apart, left < all ? left : all);
    scatter(to + left * apart, from, bytes, apart, inside, ky + 1u < s->kernel_h);
    if (left + inside < all) blank(to + (left + inside) * apart, s->in_zero, bytes, apart, all - left - inside);
  }
}

void lf_columns_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch, lf_run *inner) {
  const lf_step row = row_step(s);
  for (uint32_t y = 0; y < s->out_h; y++, out += (uint32_t)s->out_w * s->out_c) {
    fill(s, in, y, scratch);
    inner(&row, data, (const int8_t *)scratch, out, scratch + band_bytes(s));
  }
}
