#include "feature_pass.h"

#include "fixed.h"

/* Distances in a window, in int16 elements: from a term to the next, to the next sample, and over the lag; and how many
 * terms there are without a partner, with a partner one sample on, and with one over the lag. */
struct walk {
  uint32_t stride, step, lag;
  uint32_t terms, step_terms, lag_terms;
};

struct sums {
  int32_t total;
  uint32_t step, slow;
};

static inline uint32_t distance(int32_t a, int32_t b) {
  int32_t difference = a - b;
  return (uint32_t)(difference < 0 ? -difference : difference);
}

/** All three sums of one channel of acceleration. */
static struct sums acceleration_sums(const int16_t *p, const struct walk *walk) {
  const uint32_t stride = walk->stride, step = walk->step, lag = walk->lag;
  const int16_t *end = p + stride * walk->lag_terms;
  struct sums s = {0, 0, 0};
  for (; p != end; p += stride) {
    int32_t now = p[0];
    s.total += now;
    s.step += distance(p[step], now);
    s.slow += distance(p[lag], now);
  }
  for (end = p + stride * (walk->step_terms - walk->lag_terms); p != end; p += stride) {
    int32_t now = p[0];
    s.total += now;
    s.step += distance(p[step], now);
  }
  for (end = p + stride * (walk->terms - walk->step_terms); p != end; p += stride) s.total += p[0];
  return s;
}

static uint32_t slow_sum(const int16_t *p, const struct walk *walk) {
  const uint32_t stride = walk->stride, lag = walk->lag;
  const int16_t *end = p + stride * walk->lag_terms;
  uint32_t sum = 0;
  for (; p != end; p += stride) sum += distance(p[lag], p[0]);
  return sum;
}

static uint32_t terms(uint32_t samples, uint32_t shift, uint32_t lag) {
  return (samples - lag + (1u << shift) - 1u) >> shift;
}

uint32_t features_compute(const lf_filtered *strategy, const lf_window *format, const int16_t *window,
                          int16_t values[LF_FEATURES]) {
  const uint32_t channels = format->channels, samples = format->samples, shift = strategy->decimation_shift;
  const struct walk walk = {.stride = channels << shift,
                            .step = channels,
                            .lag = channels * strategy->lag,
                            .terms = terms(samples, shift, 0),
                            .step_terms = terms(samples, shift, 1),
                            .lag_terms = terms(samples, shift, strategy->lag)};
  uint32_t motion = 0;
  for (uint32_t axis = 0; axis < 3; axis++) {
    struct sums s = acceleration_sums(window + strategy->acceleration[axis], &walk);
    uint32_t slow = slow_sum(window + strategy->gyro[axis], &walk);
    motion += s.step;
    values[axis] = (int16_t)(s.total >> strategy->mean_shift);
    values[3 + axis] = (int16_t)fixed_log2_q10(s.step + strategy->offsets[0]);
    values[6 + axis] = (int16_t)fixed_log2_q10(slow + strategy->offsets[1]);
    values[9 + axis] = (int16_t)fixed_log2_q10(s.slow + strategy->offsets[2]);
  }
  return motion;
}
