/** The Bayes filter's belief over the classes, equal bit for bit to harness/model/cascade/filtered/belief.ts. */
#pragma once

#include <stdbool.h>

#include "blob_format.h"

/** Probabilities in Q16, at least 1 each. */
struct belief {
  uint32_t p[LF_MAX_LABELS];
  uint32_t classes, reciprocal, places; /* 2^places / (classes - 1), below 2^16 */
};

/** All classes alike. @param classes 2..LF_MAX_LABELS */
void belief_reset(struct belief *belief, uint32_t classes);

/** Prediction: with probability `change` (Q15) it is another class, all others alike. */
void belief_predict(struct belief *belief, uint32_t change);

/** Update: multiplies by likelihoods in Q15 (1..32768) and normalises. */
void belief_update(struct belief *belief, const uint16_t likelihoods[LF_MAX_LABELS]);

/** True if the likeliest of the given classes has at least `share` (Q15) of what these have together. */
bool belief_is_sure(const struct belief *belief, const uint8_t *classes, uint32_t count, uint32_t share);

/** The likeliest class; of equal ones the first. */
uint32_t belief_best(const struct belief *belief);
