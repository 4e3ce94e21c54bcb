#include "feature_pass.h"

#include "feature_columns.h"
#include "fixed.h"

static uint32_t terms(uint32_t samples, uint32_t shift, uint32_t lag) {
  return (samples - lag + (1u << shift) - 1u) >> shift;
}

/** The terms that have no partner over the lag: only sums and one-sample differences. */
static void finish(const struct feature_walk *walk, uint32_t with_step, uint32_t without, struct feature_sums *sums) {
  const uint8_t *at = walk->at;
  const uint32_t stride = walk->stride, step = walk->step;
  const int32_t gyro = walk->gyro;
  int32_t total = sums->total, gyro_total = sums->gyro_total;
  uint32_t steps = sums->step;
  for (; with_step > 0; with_step--, at += stride) {
    int32_t now = feature_sample(at);
    total += now;
    gyro_total += feature_sample(at + gyro);
    steps += feature_distance(feature_sample(at + step), now);
  }
  for (; without > 0; without--, at += stride) {
    total += feature_sample(at);
    gyro_total += feature_sample(at + gyro);
  }
  sums->total = total;
  sums->gyro_total = gyro_total;
  sums->step = steps;
}

uint32_t features_compute(const lf_filtered *strategy, const lf_window *format, const int16_t *window,
                          int16_t values[LF_FEATURES]) {
  const uint32_t samples = format->samples, shift = strategy->decimation_shift;
  const uint32_t row = 2u * format->channels, lag = row * strategy->lag;
  const uint32_t all = terms(samples, shift, 0), with_step = terms(samples, shift, 1);
  const uint32_t with_lag = terms(samples, shift, strategy->lag);
  struct feature_walk walk = {.step = row, .lag = lag, .stride = row << shift};
  struct feature_sums sums;
  uint32_t motion = 0;
  for (uint32_t axis = 0; axis < 3; axis++) {
    const uint32_t channel = strategy->acceleration[axis];
    const int32_t gyro = 2 * ((int32_t)strategy->gyro[axis] - (int32_t)channel);
    walk.at = (const uint8_t *)(window + channel);
    walk.gyro = gyro;
    walk.gyro_lag = gyro + (int32_t)lag;
    sums.total = sums.gyro_total = 0;
    sums.step = sums.slow = sums.gyro_slow = 0;
    feature_columns(&walk, with_lag, &sums);
    finish(&walk, with_step - with_lag, all - with_step, &sums);
    motion += sums.step;
    values[axis] = (int16_t)(sums.total >> strategy->mean_shift);
    values[3 + axis] = (int16_t)fixed_log2_q10(sums.step + strategy->offsets[0]);
    values[6 + axis] = (int16_t)fixed_log2_q10(sums.gyro_slow + strategy->offsets[1]);
    values[9 + axis] = (int16_t)fixed_log2_q10(sums.slow + strategy->offsets[2]);
    values[12 + axis] = (int16_t)fixed_log2_q10(feature_distance(sums.gyro_total, 0) + strategy->offsets[1]);
  }
  return motion;
}
