#include "filtered.h"

#include "belief.h"
#include "drift.h"
#include "feature_pass.h"
#include "fixed.h"
#include "mem.h"

static struct {
  struct belief belief;
  int32_t anchor[LF_DRIFT_FEATURES];    /* of the present segment, Q4 */
  int32_t neighbour[LF_DRIFT_FEATURES]; /* the window before, Q4 */
  struct feature_half half;             /* of the window before */
  bool started, was_dynamic;
  uint8_t history[255];           /* ring: 1 for each window in which Little or Big ran */
  uint32_t history_length, history_next, history_sum;
} state;

void filtered_reset(uint32_t classes) {
  memset(&state, 0, sizeof state);
  belief_reset(&state.belief, classes);
}

/** Drift gate and prediction. */
static void predict(const lf_filtered *strategy, const int16_t values[LF_FEATURES], bool dynamic) {
  if (!state.started) {
    drift_follow(state.anchor, values, true);
    return;
  }
  int32_t distances[LF_DRIFT_INPUTS];
  bool flip = dynamic != state.was_dynamic;
  drift_distances(strategy->scale, state.anchor, values, distances);
  uint32_t change = drift_change(strategy, distances, dynamic);
  if (flip && change < strategy->flip_change) change = strategy->flip_change;
  drift_follow(state.anchor, values, flip || change > strategy->restart_change);
  belief_predict(&state.belief, change);
}

/** True if the window is not settled or the cap is reached. */
static bool must_wait(const lf_filtered *strategy, const int16_t values[LF_FEATURES]) {
  if (strategy->cap > 0 && state.history_sum >= strategy->cap) return true;
  if (strategy->settle_near == 0 || !state.started) return false;
  int32_t distances[LF_DRIFT_INPUTS];
  drift_distances(strategy->scale, state.neighbour, values, distances);
  return distances[LF_DRIFT_FEATURES] > strategy->settle_near || distances[LF_DRIFT_FEATURES + 1] > strategy->settle_far;
}

/** Appends to the history of the last `cap_window - 1` windows. */
static void remember(const lf_filtered *strategy, bool ran) {
  if (strategy->cap == 0 || strategy->cap_window < 2) return;
  uint32_t size = strategy->cap_window - 1u;
  if (state.history_length == size) {
    state.history_sum -= state.history[state.history_next];
  } else {
    state.history_length++;
  }
  state.history[state.history_next] = ran;
  state.history_sum += ran;
  state.history_next = state.history_next + 1u == size ? 0 : state.history_next + 1u;
}

static void update(const lf_filtered *strategy, const uint8_t *classes, uint32_t count, const int8_t *scores,
                   bool sharpen) {
  uint16_t likelihoods[LF_MAX_LABELS];
  for (uint32_t i = 0; i < state.belief.classes; i++) likelihoods[i] = strategy->missing;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t likelihood = scores == 0 ? strategy->flat : (uint32_t)(2 * (scores[i] + 128) + 1) * 64u;
    if (sharpen) likelihood = fixed_power1p5_q15(likelihood);
    likelihoods[classes[i]] = likelihood > 0 ? (uint16_t)likelihood : 1;
  }
  belief_update(&state.belief, likelihoods);
}

/** Belief from the networks on a dynamic window. @return true if one of them ran */
static bool watch(const lf_filtered *strategy, const int16_t values[LF_FEATURES], bool wait, uint32_t sure,
                  filtered_run run) {
  const uint8_t *classes = strategy->dynamic_classes;
  const uint32_t count = strategy->dynamic_count;
  if (wait || belief_is_sure(&state.belief, classes, count, sure)) {
    update(strategy, classes, count, 0, false);
    return false;
  }
  if (strategy->little_network != LF_NO_NETWORK) {
    struct belief before = state.belief;
    update(strategy, classes, count, run(strategy->little_network, false, values), false);
    if (belief_is_sure(&state.belief, classes, count, strategy->accept)) return true;
    state.belief = before;
  }
  const int8_t *scores = run(strategy->big_network, true, values);
  update(strategy, classes, count, scores, (strategy->flags & LF_FILTERED_SHARPEN_BIG) != 0);
  return true;
}

uint32_t filtered_step(const lf_filtered *strategy, const lf_window *format, const int16_t *window, bool continues,
                       uint32_t sure, filtered_run run) {
  int16_t values[LF_FEATURES] __attribute__((aligned(4)));
  bool dynamic = features_compute(strategy, format, window, &state.half, continues, values) > strategy->motion_threshold;
  predict(strategy, values, dynamic);
  bool ran = false;
  if (dynamic) {
    ran = watch(strategy, values, must_wait(strategy, values), sure, run);
  } else {
    const int8_t *scores = run(strategy->static_network, false, values);
    update(strategy, strategy->static_classes, strategy->static_count, scores, false);
  }
  if (strategy->settle_near != 0) drift_follow(state.neighbour, values, true);
  state.started = true;
  state.was_dynamic = dynamic;
  remember(strategy, ran);
  uint32_t best = belief_best(&state.belief);
  return state.belief.p[best] < 2u * strategy->reject ? state.belief.classes : best;
}
