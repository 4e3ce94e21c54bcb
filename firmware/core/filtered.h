/** The filtered strategies, as harness/model/cascade/filtered/step.ts defines them step by step. One is in use at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "blob_format.h"

/**
 * Runs a network on the current window or on its features.
 * @param big the network runs as Big
 * @return int8 softmax outputs (scale 1/256, zero point -128), valid until the next call
 */
typedef const int8_t *(*filtered_run)(uint32_t network, bool big, const int16_t features[LF_FEATURES]);

/** Forgets everything. @param classes number of labels */
void filtered_reset(uint32_t classes);

/**
 * Decides one window.
 * @param continues the first half of the window is the second half of the one before
 * @param sure least belief (Q15) that needs no network
 * @return the class, or the number of classes: unknown
 */
uint32_t filtered_step(const lf_filtered *strategy, const lf_window *format, const int16_t *window, bool continues,
                       uint32_t sure, filtered_run run);
