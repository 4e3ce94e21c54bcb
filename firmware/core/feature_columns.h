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

/** Of the three axes; in the order in which the kernels hold them. */
struct feature_sums {
  int32_t gyro_total[3];  /**< Gyroscope. */
  int32_t total[3];       /**< Acceleration. */
  uint32_t step[3];       /**< |acceleration one sample on - acceleration| */
  uint32_t gyro_slow[3];  /**< |gyroscope over the lag - gyroscope| */
  uint32_t slow[3];       /**< |acceleration over the lag - acceleration| */
};

static inline int32_t feature_sample(const uint8_t *at) { return *(const int16_t *)(const void *)at; }

static inline uint32_t feature_distance(int32_t a, int32_t b) {
  int32_t difference = a - b;
  return (uint32_t)(difference < 0 ? -difference : difference);
}

/** Adds `terms` terms to all five sums of an axis. */
void feature_columns(struct feature_walk *walk, uint32_t terms, struct feature_sums *sums, uint32_t axis);
