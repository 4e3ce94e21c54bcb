/**
 * Softmax in fixed point as TFLite's reference kernel does it with gemmlowp: exp by a Taylor polynomial around -1/8
 * and a barrel shifter, the reciprocal of the sum by three Newton steps. Qn below is a number with n integer bits in
 * 32 (31 - n fractional bits).
 */
#include "kernels.h"

/** KEPT: exponentials that are computed once, not twice. */
enum { DIFF_INTEGER_BITS = 5, SUM_INTEGER_BITS = 12, KEPT = 16 };

static int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

/** exp(a) in Q0 for a in Q0, -1/4 <= a < 0. */
static int32_t exp_small(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668, third = 715827883;
  int32_t x = add(a, 1 << 28);
  int32_t x2 = lf_high_product(x, x), x3 = lf_high_product(x2, x), x4 = lf_high_product(x2, x2);
  int32_t tail = add(lf_high_product(add(lf_divide_by_power(x4, 2), x3), third), x2);
  return add(exp_minus_eighth, lf_high_product(exp_minus_eighth, add(x, lf_divide_by_power(tail, 1))));
}

/** exp(a) in Q0 for a <= 0 in Q5. */
static int32_t exp_negative(int32_t a) {
  /* exp(-2^k) in Q0 for k = -2..4 */
  static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t quarter = 1 << 24;
  if (a == 0) return INT32_MAX;
  int32_t within = (a & (quarter - 1)) - quarter;
  int32_t result = exp_small((int32_t)((uint32_t)within << DIFF_INTEGER_BITS));
  uint32_t remainder = (uint32_t)within - (uint32_t)a;
  for (uint32_t k = 0; k < sizeof factors / sizeof factors[0]; k++)
    if ((remainder >> (24u + k)) & 1u) result = lf_high_product(result, factors[k]);
  return result;
}

/** 1 / (1 + a) in Q0 for a in Q0, 0 <= a < 1. */
static int32_t reciprocal_of_one_plus(int32_t a) {
  const int32_t q2_48_over_17 = 1515870810, q2_minus_32_over_17 = -1010580540, q2_one = 1 << 29;
  int32_t half = (int32_t)(((uint32_t)a + 0x80000000u) >> 1);
  int32_t x = add(q2_48_over_17, lf_high_product(half, q2_minus_32_over_17));
  for (int i = 0; i < 3; i++) {
    int32_t error = add(q2_one, -lf_high_product(half, x));
    x = add(x, (int32_t)((uint32_t)lf_high_product(x, error) << 2)); /* |error| stays below 2^26 */
  }
  return x >= 1 << 30 ? INT32_MAX : 2 * x; /* of a = 0 it is 1, which Q0 does not hold */
}

/** exp((value - max) * scale), in Q0; table: multiplier, left shift. */
static int32_t exp_of(const int32_t *table, int32_t difference) {
  return exp_negative(lf_high_mul((int32_t)((uint32_t)difference << table[1]), table[0]));
}

static void softmax_row(const int32_t *table, uint32_t count, const int8_t *in, int8_t *out) {
  const int32_t smallest = table[2];
  int32_t max = INT8_MIN, sum = 0, kept[KEPT];
  for (uint32_t i = 0; i < count; i++)
    if (in[i] > max) max = in[i];
  for (uint32_t i = 0; i < count; i++) {
    if (in[i] - max < smallest) continue;
    int32_t power = exp_of(table, in[i] - max);
    if (i < KEPT) kept[i] = power;
    sum = add(sum, lf_divide_by_power(power, SUM_INTEGER_BITS));
  }
  int32_t headroom = sum == 0 ? 0 : __builtin_clz((uint32_t)sum);
  int32_t scale = reciprocal_of_one_plus((int32_t)(((uint32_t)sum << headroom) - 0x80000000u));
  int32_t shift = SUM_INTEGER_BITS - headroom + 31 - 8;
  for (uint32_t i = 0; i < count; i++) {
    int32_t value = 0;
    if (in[i] - max >= smallest) {
      int32_t power = i < KEPT ? kept[i] : exp_of(table, in[i] - max);
      value = lf_divide_by_power(lf_high_product(scale, power), shift);
    }
    out[i] = lf_offset_clamp(value, -128, -128, 127);
  }
}

void lf_ref_softmax(const lf_step *s, const int32_t *table, const int8_t *in, int8_t *out) {
  for (uint32_t row = 0; row < s->in_w; row++, in += s->in_c, out += s->in_c) softmax_row(table, s->in_c, in, out);
}
