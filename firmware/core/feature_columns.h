/** The inner loop of the features: one accelerometer axis and one gyroscope axis together. */
#pragma once

#include <stdint.h>

/** Distances in bytes. */
struct feature_walk {
  const uint8_t *at;  /**< First term of the accelerometer's axis; left behind the last one. */
  uint32_t step;      /**< To the next sample. */
  uint32_t lag;       /**< To the sample over the lag. */
  int32_t gyro;       /**< To the gyroscope's axis in the same sample. */
  int32_t gyro_lag;   /**< The same over the lag. */
  uint32_t stride;    /**< To the next term. */
};

struct feature_sums {
  int32_t total;      /**< Acceleration. */
  uint32_t step;      /**< |acceleration one sample on - acceleration| */
  uint32_t slow;      /**< |acceleration over the lag - acceleration| */
  uint32_t gyro_slow; /**< |gyroscope over the lag - gyroscope| */
  int32_t gyro_total; /**< Gyroscope. */
};

static inline int32_t feature_sample(const uint8_t *at) { return *(const int16_t *)(const void *)at; }

static inline uint32_t feature_distance(int32_t a, int32_t b) {
  int32_t difference = a - b;
  return (uint32_t)(difference < 0 ? -difference : difference);
}

/** Adds `terms` terms to all five sums. */
void feature_columns(struct feature_walk *walk, uint32_t terms, struct feature_sums *sums);
