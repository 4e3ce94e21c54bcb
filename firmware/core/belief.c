#include "belief.h"

enum { ONE_Q16 = 65536 };

void belief_reset(struct belief *belief, uint32_t classes) {
  belief->classes = classes;
  belief->places = 15;
  while (1u << (belief->places - 15) < classes - 1u) belief->places++;
  belief->reciprocal = (1u << belief->places) / (classes - 1u);
  for (uint32_t i = 0; i < classes; i++) belief->p[i] = ONE_Q16 / classes;
}

void belief_predict(struct belief *belief, uint32_t change) {
  const uint32_t others = belief->classes - 1u, reciprocal = belief->reciprocal, places = belief->places;
  const uint32_t stays = LF_ONE_Q15 - change;
  for (uint32_t *at = belief->p, *end = at + belief->classes; at < end; at++) {
    const uint32_t p = *at, rest = p < ONE_Q16 ? ONE_Q16 - p : 0;
    uint32_t each = rest * reciprocal >> places; /* rest / others, or one less: rest is no more than 2^places */
    if (rest - each * others >= others) each++;
    *at = (stays * p + change * each) >> 15;
  }
}

/** The right shift that leaves 15 bits of `sum`. */
static uint32_t excess(uint32_t sum) {
  return sum > 0x7FFFu ? 17u - (uint32_t)__builtin_clz(sum) : 0;
}

void belief_update(struct belief *belief, const uint16_t likelihoods[LF_MAX_LABELS]) {
  uint32_t sum = 0, *const first = belief->p, *const end = first + belief->classes;
  for (uint32_t *at = first; at < end; at++) {
    const uint32_t p = *at * *likelihoods++ >> 3;
    *at = p;
    sum += p;
  }
  const uint32_t shift = excess(sum);
  const uint32_t divisor = sum >> shift > 0 ? sum >> shift : 1, reciprocal = (1u << 31) / divisor;
  for (uint32_t *at = first; at < end; at++) {
    const uint32_t part = *at >> shift; /* at most divisor, so that nothing below leaves 32 bits */
    uint32_t share = part * reciprocal >> 15; /* (part << 16) / divisor, or one less */
    if ((part << 16) - share * divisor >= divisor) share++;
    *at = share > 0 ? share : 1;
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
