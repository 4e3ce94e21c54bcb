#include "feature_pass.h"

#include "feature_columns.h"
#include "feature_rows.h"
#include "fixed.h"
#include "mem.h"

static uint32_t terms(uint32_t samples, uint32_t shift, uint32_t lag) {
  return (samples - lag + (1u << shift) - 1u) >> shift;
}

/** The terms that have no partner over the lag: only sums and one-sample differences. */
static void finish(const struct feature_walk *walk, uint32_t with_step, uint32_t without, struct feature_sums *sums, uint32_t axis) {
  const uint8_t *at = walk->at;
  const uint32_t stride = walk->stride, step = walk->step;
  const int32_t gyro = walk->gyro;
  int32_t total = 0, gyro_total = 0;
  uint32_t steps = 0;
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
  sums->total[axis] += total;
  sums->gyro_total[axis] += gyro_total;
  sums->step[axis] += steps;
}

/** A window and how its features are computed. */
struct pass {
  const lf_filtered *strategy;
  const lf_window *format;
  const int16_t *window;
  bool in_rows;
};

/** The walk along an axis from a sample on. */
static struct feature_walk walk_from(const struct pass *p, uint32_t axis, uint32_t sample) {
  const uint32_t row = 2u * p->format->channels, lag = row * p->strategy->lag, channel = p->strategy->acceleration[axis];
  const int32_t gyro = 2 * ((int32_t)p->strategy->gyro[axis] - (int32_t)channel);
  struct feature_walk walk = {
      .at = (const uint8_t *)(p->window + channel) + sample * row,
      .step = row,
      .lag = lag,
      .gyro = gyro,
      .gyro_lag = gyro + (int32_t)lag,
      .stride = row << p->strategy->decimation_shift,
  };
  return walk;
}

/** Sums of the terms that lie with their partners in so many samples from one on. */
static void stretch(const struct pass *p, uint32_t from, uint32_t samples, struct feature_sums *sums) {
  const uint32_t shift = p->strategy->decimation_shift, lag = p->strategy->lag;
  const uint32_t all = terms(samples, shift, 0), with_step = terms(samples, shift, 1);
  const uint32_t with_lag = lag < samples ? terms(samples, shift, lag) : 0;
  int32_t *sum = sums->gyro_total;
  for (uint32_t i = 0; i < sizeof *sums / sizeof *sum; i++) sum[i] = 0;
#ifdef __ARM_FEATURE_DSP
  if (p->in_rows) {
    const int16_t *start = p->window + from * p->format->channels;
    feature_rows_near(p->strategy, start, all, with_step, sums);
    feature_rows_far(p->strategy, start, with_lag, sums);
    return;
  }
#endif
  for (uint32_t axis = 0; axis < 3; axis++) {
    struct feature_walk walk = walk_from(p, axis, from);
    feature_columns(&walk, with_lag, sums, axis);
    finish(&walk, with_step - with_lag, all - with_step, sums, axis);
  }
}

/** Adds the terms before `middle` whose partners lie behind it. */
static void bridge(const struct pass *p, uint32_t middle, struct feature_sums *sums) {
  const uint32_t shift = p->strategy->decimation_shift, lag = p->strategy->lag;
  const uint32_t first = lag < middle ? terms(middle, shift, lag) : 0, last = middle >> shift, from = first << shift;
#ifdef __ARM_FEATURE_DSP
  if (p->in_rows && shift > 0) {
    feature_rows_far(p->strategy, p->window + from * p->format->channels, last - first, sums);
    return;
  }
#endif
  for (uint32_t axis = 0; axis < 3; axis++) {
    const struct feature_walk walk = walk_from(p, axis, from);
    const uint8_t *at = walk.at;
    const uint32_t stride = walk.stride;
    const int32_t gyro = walk.gyro, gyro_lag = walk.gyro_lag;
    uint32_t slow = 0, gyro_slow = 0;
    for (uint32_t left = last - first; left > 0; left--, at += stride) {
      slow += feature_distance(feature_sample(at + walk.lag), feature_sample(at));
      gyro_slow += feature_distance(feature_sample(at + gyro_lag), feature_sample(at + gyro));
    }
    sums->slow[axis] += slow;
    sums->gyro_slow[axis] += gyro_slow;
    if (shift == 0) sums->step[axis] += feature_distance(feature_sample(at), feature_sample(at - walk.step));
  }
}

static void add(struct feature_sums *to, const struct feature_sums *part) {
  int32_t *a = to->gyro_total;
  const int32_t *b = part->gyro_total;
  for (uint32_t i = 0; i < sizeof *to / sizeof *a; i++) a[i] += b[i];
}

/** Whether every term over the lag from the first half ends in the second, so that a window is two halves and a bridge. */
static bool halves(const lf_filtered *strategy, const lf_window *format) {
  uint32_t half = format->samples / 2u;
  return format->samples % 2u == 0 && half % (1u << strategy->decimation_shift) == 0 && strategy->lag <= half;
}

uint32_t features_compute(const lf_filtered *strategy, const lf_window *format, const int16_t *window,
                          struct feature_half *half, bool continues, int16_t values[LF_FEATURES]) {
  struct pass pass = {strategy, format, window, false};
#ifdef __ARM_FEATURE_DSP
  pass.in_rows = feature_rows_apply(strategy, format);
#endif
  struct feature_sums sums;
  if (halves(strategy, format)) {
    const uint32_t middle = format->samples / 2u;
    if (continues && half->known)
      sums = half->sums;
    else
      stretch(&pass, 0, middle, &sums);
    bridge(&pass, middle, &sums);
    stretch(&pass, middle, middle, &half->sums);
    half->known = true;
    add(&sums, &half->sums);
  } else {
    stretch(&pass, 0, format->samples, &sums);
  }
  uint32_t motion = 0;
  for (uint32_t axis = 0; axis < 3; axis++) {
    motion += sums.step[axis];
    values[axis] = (int16_t)(sums.total[axis] >> strategy->mean_shift);
    values[3 + axis] = (int16_t)fixed_log2_q10(sums.step[axis] + strategy->offsets[0]);
    values[6 + axis] = (int16_t)fixed_log2_q10(sums.gyro_slow[axis] + strategy->offsets[1]);
    values[9 + axis] = (int16_t)fixed_log2_q10(sums.slow[axis] + strategy->offsets[2]);
    values[12 + axis] = (int16_t)fixed_log2_q10(feature_distance(sums.gyro_total[axis], 0) + strategy->offsets[1]);
  }
  return motion;
}
