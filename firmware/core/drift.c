#include "drift.h"

#include "fixed.h"

enum { LARGEST_DISTANCE = 6 << 8, LARGEST_DIFFERENCE = 0xFFFFF, MEANS = 3 };

/** Distances of `count` features. @return the sum of their squares */
static inline uint32_t distances_of(const uint16_t *scale, const int32_t *anchor, const int16_t *values, int32_t *distances,
                                    uint32_t count) {
  uint32_t squares = 0;
#pragma GCC unroll 3
  for (uint32_t i = 0; i < count; i++) {
    int32_t signed_difference = values[i] * 16 - anchor[i];
    uint32_t difference = (uint32_t)(signed_difference < 0 ? -signed_difference : signed_difference);
    if (difference > LARGEST_DIFFERENCE) difference = LARGEST_DIFFERENCE;
    uint32_t d = difference * scale[i] >> 16;
    if (d > LARGEST_DISTANCE) d = LARGEST_DISTANCE;
    distances[i] = (int32_t)d;
    squares += d * d;
  }
  return squares;
}

void drift_distances(const uint16_t scale[LF_DRIFT_FEATURES], const int32_t anchor[LF_DRIFT_FEATURES],
                     const int16_t values[LF_FEATURES], int32_t distances[LF_DRIFT_INPUTS]) {
  uint32_t near = distances_of(scale, anchor, values, distances, MEANS);
  uint32_t far = distances_of(scale + MEANS, anchor + MEANS, values + MEANS, distances + MEANS, LF_DRIFT_FEATURES - MEANS);
  distances[LF_DRIFT_FEATURES] = (int32_t)fixed_isqrt(near);
  distances[LF_DRIFT_FEATURES + 1] = (int32_t)fixed_isqrt(far);
}

uint32_t drift_change(const lf_filtered *strategy, const int32_t distances[LF_DRIFT_INPUTS], bool dynamic) {
  const int16_t *weights = dynamic ? strategy->dynamic_weights : strategy->static_weights;
  int32_t score = dynamic ? strategy->dynamic_bias : strategy->static_bias;
#pragma GCC unroll 14
  for (uint32_t i = 0; i < LF_DRIFT_INPUTS; i++) score += weights[i] * distances[i];
  uint32_t change = fixed_sigmoid_q15(score >> 8);
  return change > strategy->floor ? change : strategy->floor;
}

void drift_follow(int32_t anchor[LF_DRIFT_FEATURES], const int16_t values[LF_FEATURES], bool restart) {
  if (restart) {
    for (uint32_t i = 0; i < LF_DRIFT_FEATURES; i++) anchor[i] = values[i] * 16;
    return;
  }
#pragma GCC unroll 4
  for (uint32_t i = 0; i < LF_DRIFT_FEATURES; i++) anchor[i] += (values[i] * 16 - anchor[i]) >> 2;
}
