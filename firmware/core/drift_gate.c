#include "drift_gate.h"

#include "drift.h"
#include "feature_pass.h"
#include "mem.h"

static struct {
  int32_t anchor[LF_DRIFT_FEATURES]; /* of the present segment, Q4 */
  int16_t values[LF_FEATURES];       /* of the window looked at */
  struct feature_half half;
  bool started, was_dynamic, first;
} state;

void drift_gate_reset(void) {
  memset(&state, 0, sizeof state);
}

bool drift_gate_look(const lf_filtered *gate, const lf_window *format, const int16_t *window, bool continues, uint32_t above) {
  int32_t distances[LF_DRIFT_INPUTS];
  bool dynamic = features_compute(gate, format, window, &state.half, continues, state.values) > gate->motion_threshold;
  bool flip = dynamic != state.was_dynamic;
  state.first = !state.started;
  state.started = true;
  state.was_dynamic = dynamic;
  if (state.first) return false;
  drift_distances(gate->scale, state.anchor, state.values, distances);
  uint32_t change = drift_change(gate, distances, dynamic);
  if (flip && change < gate->flip_change) change = gate->flip_change;
  return change > above;
}

void drift_gate_settle(bool big) {
  drift_follow(state.anchor, state.values, big || state.first);
}
