/** The score of a `score` strategy, as harness/model/cascade/score.ts defines it. */
#pragma once

#include "nn.h"

/**
 * @param strategy of a validated blob
 * @param arena of the network's last run, whose `scores` lie in it
 */
uint32_t score_of(const lf_score *strategy, uint32_t outputs, const uint8_t *arena, const int8_t *scores);
