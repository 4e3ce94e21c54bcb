/** Features of a window of int16 counts, equal bit for bit to harness/model/cascade/filtered/features.ts. */
#pragma once

#include <stdbool.h>

#include "blob_format.h"
#include "feature_columns.h"

/** What the terms within the second half of a window gave: the same terms are within the first half of a window half a window on. */
struct feature_half {
  struct feature_sums sums;
  bool known;
};

/**
 * 0-2: mean acceleration; then log2 (Q10) of summed absolute differences: 3-5 acceleration over one sample, 6-8 gyroscope
 * and 9-11 acceleration over the lag; 12-14 gyroscope's absolute sum, as a log2 with the offset of 6-8.
 * @param half of the window before; of this one when it returns
 * @param continues the first half of the window is the second half of the one that `half` is of
 * @param values 4-byte aligned, so that it can stand for a window
 * @return the summed one-sample differences of acceleration over the three axes, counts
 */
uint32_t features_compute(const lf_filtered *strategy, const lf_window *format, const int16_t *window,
                          struct feature_half *half, bool continues, int16_t values[LF_FEATURES]);
