/** Features of a window of int16 counts, equal bit for bit to harness/cascade/filtered/features.ts. */
#pragma once

#include "blob.h"

/**
 * 0-2: mean acceleration; then log2 (Q10) of summed absolute differences: 3-5 acceleration over one sample, 6-8 gyroscope
 * and 9-11 acceleration over the lag; 12-14 gyroscope's absolute sum, as a log2 with the offset of 6-8.
 * @param values 4-byte aligned, so that it can stand for a window
 * @return the summed one-sample differences of acceleration over the three axes, counts
 */
uint32_t features_compute(const lf_filtered *strategy, const lf_window *format, const int16_t *window,
                          int16_t values[LF_FEATURES]);
