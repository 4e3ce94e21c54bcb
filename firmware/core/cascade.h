/**
 * The strategies, as harness/model/cascade/hold.ts, harness/model/cascade/score.ts and harness/model/cascade/filtered/step.ts define them step by step. One
 * strategy is selected at a time; its state lasts until `cascade_reset` or the next selection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "blob_format.h"

/** What one window gave. */
struct step_result {
  uint8_t label;
  bool gate;        /**< The gate ran on this window. */
  bool big;         /**< Big ran on this window. */
  bool scored;      /**< There is a score. */
  uint32_t nets;    /**< Bit i: network i ran. */
  uint32_t score;
  uint32_t cycles[4]; /**< CPU cycles by marker state (index `enum marker`); all zero without a cycle counter. */
};

/** Prepares an opened blob. @return false when its networks cannot be used */
bool cascade_open(const lf_blob *blob);

/** Selects strategy `index` and forgets all state. @return false when there is no such strategy */
bool cascade_select(uint32_t index);

/**
 * Overrides the threshold of a distance gate, the margin of a confidence gate, the threshold of a score or, in per mille, the belief that a filtered
 * strategy takes as sure. @return false when out of range
 */
bool cascade_parameter(uint32_t value);

/** The selected strategy's index and its parameter (as in force). */
uint32_t cascade_selected(void);
uint32_t cascade_parameter_value(void);

void cascade_reset(void);

/**
 * One window; drives the markers (idle before and after).
 * @param window 4-byte aligned; must stay unchanged until the next step, `cascade_retain` or `cascade_reset`
 */
void cascade_step(const void *window, struct step_result *result);

/**
 * Says of the next window to step that its first half is the second half of the one stepped before: features of what both share
 * are then not computed again.
 */
void cascade_continue(void);

/** Copies the previous window to `keep`, so that its slot can be overwritten. */
void cascade_retain(uint8_t *keep);
