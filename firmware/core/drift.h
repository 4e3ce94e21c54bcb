/** The drift gate, equal bit for bit to harness/model/cascade/filtered/drift.ts. */
#pragma once

#include <stdbool.h>

#include "blob_format.h"

/** Distances of the first twelve features from an anchor (Q4) and the norms of the first three and of the others, all Q8. */
void drift_distances(const uint16_t scale[LF_DRIFT_FEATURES], const int32_t anchor[LF_DRIFT_FEATURES],
                     const int16_t values[LF_FEATURES], int32_t distances[LF_DRIFT_INPUTS]);

/** Probability in Q15 that the activity has changed, not below the floor. */
uint32_t drift_change(const lf_filtered *strategy, const int32_t distances[LF_DRIFT_INPUTS], bool dynamic);

/** Moves the anchor a quarter of the way to the features, or sets it on them. */
void drift_follow(int32_t anchor[LF_DRIFT_FEATURES], const int16_t values[LF_FEATURES], bool restart);
