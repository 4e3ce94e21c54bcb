/** The drift gate of a hold strategy, as harness/model/cascade/drift.ts defines it. */
#pragma once

#include <stdbool.h>

#include "blob_format.h"

void drift_gate_reset(void);

/**
 * Looks at a window, which is to be done for every one.
 * @param continues the first half of the window is the second half of the one looked at before
 * @param above Q15
 * @return true if a change is more likely than that
 */
bool drift_gate_look(const lf_filtered *gate, const lf_window *format, const int16_t *window, bool continues, uint32_t above);

/** Moves the anchor. @param big Big ran on the window looked at */
void drift_gate_settle(bool big);
