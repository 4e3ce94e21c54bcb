/** The distance gate's arithmetic. */
#pragma once

#include "blob_format.h"

/** Sum of |a - b| over all samples of the channels in `mask` (bit c = channel c), in counts, as an unsigned 32-bit sum. */
uint32_t distance_l1(const lf_window *format, const void *a, const void *b, uint32_t mask);
