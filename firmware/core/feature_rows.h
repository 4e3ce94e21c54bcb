/** The inner loops of the features for windows whose rows are gyroscope x, y, z, accelerometer x, y, z: Cortex-M4. */
#pragma once

#include <stdbool.h>

#include "blob_format.h"
#include "feature_columns.h"

#ifdef __ARM_FEATURE_DSP
/** Whether the window has such rows, word-aligned. */
bool feature_rows_apply(const lf_filtered *strategy, const lf_window *format);

/**
 * Sets the sums that need no partner over the lag: those of samples, and one-sample differences of the first `with_step` of `all` terms.
 * @param window 4-byte aligned, at the first term
 */
void feature_rows_near(const lf_filtered *strategy, const int16_t *window, uint32_t all, uint32_t with_step,
                       struct feature_sums *sums);

/** Adds differences over the lag of `terms` terms. */
void feature_rows_far(const lf_filtered *strategy, const int16_t *window, uint32_t terms, struct feature_sums *sums);
#endif
