#include "score.h"

enum { DIFFERENCE_BITS = 4, MULTIPLIER_BITS = 12 };

uint32_t score_of(const lf_score *strategy, uint32_t outputs, const uint8_t *arena, const int8_t *scores) {
  if (strategy->type == LF_SCORE_OUTPUT) return (uint32_t)(scores[strategy->output] + 128);
  const int8_t *inputs = (const int8_t *)arena + strategy->input;
  const int32_t multiplier = (int32_t)strategy->multiplier;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < outputs; i++) {
    int32_t wanted = ((inputs[i] - strategy->input_zero) * multiplier + (1 << (MULTIPLIER_BITS - 1))) >> MULTIPLIER_BITS;
    int32_t difference = wanted - (scores[i] - strategy->output_zero) * (1 << DIFFERENCE_BITS);
    sum += (uint32_t)(difference * difference);
  }
  sum >>= 2 * DIFFERENCE_BITS;
  return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}
