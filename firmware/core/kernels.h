/**
 * Kernels: what executes the steps of a plan. Each image links exactly one table, `lf_kernel_table`:
 * kernels_table_ref.c has the reference kernel alone; a core's own table lists its tuned kernels and the reference
 * kernel too. A step names its kernel by id, and its data is in the layout which the packer's `KernelLayout` of the
 * same id produced (harness/model/pack/kernels.ts).
 *
 * Ids: 0 reference; 16..31 Cortex-M0+, 32..47 Cortex-M3, 48..63 Cortex-M4. So a blob packed for another core names
 * ids this image lacks and is refused when it is opened.
 *
 * What a kernel may rely on: `in`, `out`, `scratch` and `data` are 4-byte aligned; the tensors, the scratch area and
 * the data lie within arena and section (checked when the blob is opened, by lf_net_validate and `accepts`); `in`,
 * `out` and `scratch` do not overlap; reads past the end of `in` or of a row are not allowed.
 * What it must do: exactly TFLite's arithmetic, see kernels_ref.c; no heap, no state between calls.
 */
#ifndef LF_KERNELS_H
#define LF_KERNELS_H

#include "blob_format.h"

typedef struct {
  uint8_t id;
  /**
   * Whether this kernel can run `step` with these tables: shape supported, lf_data_bytes and lf_scratch_bytes
   * large enough, and every table value such that no access leaves its bounds. Called once a step at blob opening.
   */
  int (*accepts)(const lf_step *step, const uint8_t *data);
  void (*run)(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);
} lf_kernel;

extern const lf_kernel lf_kernel_table[];
extern const uint32_t lf_kernel_count;

/** The plain tables of a weighted step, see `referenceLayout` in harness/model/pack/kernels.ts. */
typedef struct {
  const int32_t *bias, *multiplier;
  const int8_t *shift;
  const void *weights; /**< int8, or int16 with LF_STEP_WIDE_WEIGHTS */
  uint32_t next;       /**< from a channel's multiplier and shift to the next one's; 0: all have the same */
} lf_plain;

static inline lf_plain lf_plain_tables(const lf_step *s, const uint8_t *data) {
  uint32_t one = s->flags & LF_STEP_ONE_SCALE, scales = one != 0 ? 1u : s->out_c;
  lf_plain t;
  t.bias = (const int32_t *)(const void *)data;
  t.multiplier = t.bias + s->out_c;
  t.shift = (const int8_t *)(t.multiplier + scales);
  t.weights = t.shift + ((scales + 3u) & ~3u);
  t.next = one != 0 ? 0 : 1u;
  return t;
}

/** The readable kernel of every operator except LF_OP_INPUT; kernels_ref.c. */
int lf_ref_accepts(const lf_step *step, const uint8_t *data);
void lf_ref_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** A step that moves values: copy, pad, resize; kernels_ref_move.c. */
void lf_ref_move(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out);

/** A validated step of two inputs: sum or product; kernels_ref_two.c. */
void lf_ref_run_two(const lf_step *step, const uint8_t *data, const int8_t *in, const int8_t *second, int8_t *out);

/** MEAN or REDUCE_MAX; kernels_ref_reduce.c. */
void lf_ref_reduce(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out);

/** Softmax over each row of in_c elements, TFLite's fixed-point form; kernels_ref_softmax.c. */
void lf_ref_softmax(const lf_step *step, const int32_t *table, const int8_t *in, int8_t *out);

/** Upper word of a * b. */
static inline int32_t lf_upper_word(int32_t a, int32_t b) {
#if __ARM_ARCH == 6
  /* from 16-bit pieces: cheaper than a 64-bit product by library */
  uint32_t a_low = (uint16_t)a, b_low = (uint16_t)b;
  int32_t a_high = a >> 16, b_high = b >> 16, one = a_high * (int32_t)b_low, other = (int32_t)a_low * b_high;
  uint32_t middle = (a_low * b_low >> 16) + (uint16_t)one + (uint16_t)other;
  return a_high * b_high + (one >> 16) + (other >> 16) + (int32_t)(middle >> 16);
#else
  return (int32_t)(((int64_t)a * b) >> 32);
#endif
}

/** a * b / 2^31, rounded half up, of factors that are not both INT32_MIN. */
static inline int32_t lf_high_product(int32_t a, int32_t b) {
#if __ARM_ARCH == 6
  uint32_t low = (uint32_t)a * (uint32_t)b;
  return (int32_t)(2u * (uint32_t)lf_upper_word(a, b) + (((low >> 30) + 1u) >> 1));
#else
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
#endif
}

/** gemmlowp's SaturatingRoundingDoublingHighMul: the same of any factors. */
static inline int32_t lf_high_mul(int32_t a, int32_t b) {
  return a == INT32_MIN && b == INT32_MIN ? INT32_MAX : lf_high_product(a, b);
}

/** x / 2^exponent (0..31), rounded half away from zero; gemmlowp's RoundingDivideByPOT. */
static inline int32_t lf_divide_by_power(int32_t x, int32_t exponent) {
  int32_t mask = (int32_t)((1u << exponent) - 1u);
  int32_t threshold = (mask >> 1) + (x < 0);
  return (x >> exponent) + ((x & mask) > threshold);
}

/** TFLite's MultiplyByQuantizedMultiplier with its two roundings: acc * multiplier * 2^(shift - 31), shift -31..30. */
static inline int32_t lf_requantise(int32_t acc, int32_t multiplier, int32_t shift) {
  if (shift > 0) return lf_high_mul((int32_t)((uint32_t)acc << shift), multiplier);
  return lf_divide_by_power(lf_high_mul(acc, multiplier), -shift);
}

/** value + zero, limited to low..high, without overflow. */
static inline int8_t lf_offset_clamp(int32_t value, int32_t zero, int32_t low, int32_t high) {
  if (value < low - zero) return (int8_t)low;
  if (value > high - zero) return (int8_t)high;
  return (int8_t)(value + zero);
}

#endif
