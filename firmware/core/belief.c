#include "belief.h"

enum { ONE_Q16 = 65536 };

void belief_reset(struct belief *belief, uint32_t classes) {
  belief->classes = classes;
  belief->reciprocal = LF_ONE_Q15 / (classes - 1u);
  for (uint32_t i = 0; i < classes; i++) belief->p[i] = ONE_Q16 / classes;
}

void belief_predict(struct belief *belief, uint32_t change) {
  const uint32_t others = belief->classes - 1u;
  for (uint32_t i = 0; i < belief->classes; i++) {
    uint32_t p = belief->p[i], rest = p < ONE_Q16 ? ONE_Q16 - p : 0;
    uint32_t each = rest * belief->reciprocal >> 15; /* rest / others, or up to two less */
    while (rest - each * others >= others) each++;
    belief->p[i] = ((LF_ONE_Q15 - change) * p + change * each) >> 15;
  }
}

void belief_update(struct belief *belief, const uint16_t likelihoods[LF_MAX_LABELS]) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < belief->classes; i++) {
    belief->p[i] = belief->p[i] * likelihoods[i] >> 3;
    sum += belief->p[i];
  }
  uint32_t shift = 0;
  while (sum >> shift > 0x7FFFu) shift++;
  uint32_t divisor = sum >> shift > 0 ? sum >> shift : 1, reciprocal = (1u << 31) / divisor;
  for (uint32_t i = 0; i < belief->classes; i++) {
    uint32_t part = belief->p[i] >> shift; /* at most divisor, so that nothing below leaves 32 bits */
    uint32_t share = part * reciprocal >> 15; /* (part << 16) / divisor, or one less */
    if ((part << 16) - share * divisor >= divisor) share++;
    belief->p[i] = share > 0 ? share : 1;
  }
}

bool belief_is_sure(const struct belief *belief, const uint8_t *classes, uint32_t count, uint32_t share) {
  uint32_t sum = 0, best = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t p = belief->p[classes[i]];
    sum += p;
    if (p > best) best = p;
  }
  return best << 15 >= share * sum;
}

uint32_t belief_best(const struct belief *belief) {
  uint32_t winner = 0;
  for (uint32_t i = 1; i < belief->classes; i++)
    if (belief->p[i] > belief->p[winner]) winner = i;
  return winner;
}
