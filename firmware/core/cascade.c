#include "cascade.h"

#include "blob.h"
#include "distance.h"
#include "drift_gate.h"
#include "filtered.h"
#include "mem.h"
#include "nn.h"
#include "port.h"
#include "port_config.h"
#include "score.h"
#include "stages.h"

static uint8_t arena[PORT_ARENA_BYTES] __attribute__((section(".buffers.arena"), aligned(8)));

static const lf_blob *blob;
static lf_net nets[LF_MAX_NETWORKS];
static const lf_hold *strategy;       /* the selected one if its kind is hold, else 0 */
static const lf_filtered *filtered;   /* the selected one if its kind is filtered, else 0 */
static const lf_score *scoring;       /* the selected one if its kind is score, else 0 */
static uint32_t selected, parameter;
static uint32_t sure;                 /* the parameter of a filtered strategy, or of a drift gate, in Q15 */

static struct {
  int32_t held;                /* Big's last label, -1 before the first window */
  const void *previous;        /* the window before this one, 0 before the first */
  uint32_t asks, since_big;
  bool owed;
  uint8_t history[255];        /* ring: 1 for each window in which Big ran */
  uint32_t history_length, history_next, history_sum;
} state;

/* The current window continues the one before. */
static bool continues;

/* Cycles of the current window, by marker state. */
static struct {
  struct step_result *result;
  enum marker now;
  uint32_t since;
} account;

bool cascade_open(const lf_blob *opened) {
  blob = 0;
  strategy = 0;
  filtered = 0;
  scoring = 0;
  if (opened->header->max_arena_bytes > sizeof arena) return false;
  for (uint32_t i = 0; i < opened->network_count; i++) {
    if (lf_net_open(opened, i, &nets[i]) != LF_OK) return false;
  }
  blob = opened;
  return cascade_select(0);
}

/** Whether the selected strategy's parameter is a probability. */
static bool in_per_mille(void) {
  return filtered != 0 || (strategy != 0 && strategy->gate == LF_GATE_DRIFT);
}

bool cascade_select(uint32_t index) {
  if (blob == 0 || index >= blob->strategy_count) return false;
  const lf_hold *found = lf_blob_strategy(blob, index);
  strategy = found->kind == LF_STRATEGY_HOLD ? found : 0;
  filtered = found->kind == LF_STRATEGY_FILTERED ? (const lf_filtered *)(const void *)found : 0;
  scoring = found->kind == LF_STRATEGY_SCORE ? (const lf_score *)(const void *)found : 0;
  selected = index;
  sure = filtered != 0 ? filtered->sure : scoring != 0 ? scoring->threshold : strategy->threshold;
  parameter = in_per_mille() ? (sure * 1000u + LF_ONE_Q15 / 2u) / LF_ONE_Q15 : sure;
  cascade_reset();
  return true;
}

bool cascade_parameter(uint32_t value) {
  if (in_per_mille()) {
    if (value > 1000) return false;
    sure = (value * LF_ONE_Q15 + 500u) / 1000u;
  } else if (scoring == 0 && strategy->gate == LF_GATE_CONFIDENCE) {
    if (value > 255) return false;
  } else if (scoring == 0 && strategy->gate != LF_GATE_DISTANCE) {
    return false;
  }
  parameter = value;
  return true;
}

uint32_t cascade_selected(void) {
  return selected;
}

uint32_t cascade_parameter_value(void) {
  return parameter;
}

void cascade_reset(void) {
  memset(&state, 0, sizeof state);
  state.held = -1;
  if (filtered != 0)
    filtered_reset(blob->label_count);
  else if (strategy != 0 && strategy->gate == LF_GATE_DRIFT)
    drift_gate_reset();
}

void cascade_retain(uint8_t *keep) {
  if (state.previous == 0 || state.previous == keep) return;
  memcpy(keep, state.previous, blob->window->bytes);
  state.previous = keep;
}

/** Moves to another marker state, and to its stage's level, and books the cycles of the one that ends. */
static void enter(enum marker marker) {
  if (marker != MARKER_BIG) stages_enter(STAGE_GATE);
  if (port_facts.cycle_counter) {
    uint32_t now = port_cycles_read();
    account.result->cycles[account.now] += now - account.since;
    account.since = now;
  }
  account.now = marker;
  port_marker(marker);
  if (marker == MARKER_BIG) stages_enter(STAGE_BIG);
}

/** Runs network `index`; `previous` is the window itself before the first one. @return its scores, until the next network runs */
static const int8_t *run_network(uint32_t index, const void *window) {
  const int8_t *scores = 0; /* always set: there is a previous window */
  account.result->nets |= 1u << index;
  (void)lf_net_run(&nets[index], window, state.previous != 0 ? state.previous : window, arena, &scores);
  return scores;
}

static uint32_t winner(uint32_t index, const int8_t *scores) {
  return lf_argmax(scores, nets[index].header->output_count);
}

/** Largest score but that of `best`, subtracted from it. */
static int32_t lead(uint32_t index, const int8_t *scores, uint32_t best) {
  int32_t runner_up = INT32_MIN;
  for (uint32_t i = 0; i < nets[index].header->output_count; i++) {
    if (i != best && scores[i] > runner_up) runner_up = scores[i];
  }
  return runner_up == INT32_MIN ? INT32_MAX : scores[best] - runner_up;
}

/** @param drifted what a drift gate said */
static bool gate_asks(const void *window, bool drifted) {
  const int8_t *scores;
  uint32_t network, best;
  switch (strategy->gate) {
    case LF_GATE_ONE_VS_REST:
      if ((uint32_t)state.held >= strategy->network_count) return true;
      network = strategy->networks[state.held];
      scores = run_network(network, window);
      return winner(network, scores) != strategy->keep;
    case LF_GATE_PAIR_NET:
      network = strategy->networks[0];
      scores = run_network(network, window);
      return winner(network, scores) != strategy->keep;
    case LF_GATE_DISTANCE:
      return distance_l1(blob->window, state.previous, window, strategy->channel_mask) > parameter;
    case LF_GATE_DRIFT:
      return drifted;
    default: /* LF_GATE_CONFIDENCE: lf_blob_open admits no other */
      network = strategy->networks[0];
      scores = run_network(network, window);
      best = winner(network, scores);
      return best != (uint32_t)state.held || lead(network, scores, best) < (int32_t)parameter;
  }
}

static bool is_due(const void *window, bool drifted) {
  if (state.held < 0 || state.owed) return true;
  if (strategy->refresh_every > 0 && state.since_big + 1u >= strategy->refresh_every) return true;
  if (strategy->gate == LF_GATE_NONE) return true;
  account.result->gate = true;
  if (gate_asks(window, drifted)) {
    if (state.asks < 255) state.asks++;
  } else {
    state.asks = 0;
  }
  return state.asks >= strategy->hysteresis;
}

/** Appends to the history of the last `big_cap_window - 1` windows. */
static void remember(bool big) {
  uint32_t size = strategy->big_cap_window - 1u;
  if (strategy->big_cap == 0 || size == 0) return;
  if (state.history_length == size) {
    state.history_sum -= state.history[state.history_next];
  } else {
    state.history_length++;
  }
  state.history[state.history_next] = big;
  state.history_sum += big;
  state.history_next = state.history_next + 1u == size ? 0 : state.history_next + 1u;
}

/** One window of a hold strategy. @return the label */
static uint32_t step_hold(const void *window) {
  enter(strategy->gate == LF_GATE_NONE ? MARKER_BIG : MARKER_GATE);
  bool drifts = strategy->gate == LF_GATE_DRIFT;
  account.result->gate |= drifts;
  bool drifted = drifts && drift_gate_look(lf_drift_gate(strategy), blob->window, window, continues, sure);
  bool due = is_due(window, drifted);
  bool barred = state.held >= 0 && strategy->big_cap > 0 && state.history_sum >= strategy->big_cap;
  bool big = due && !barred;
  state.owed = due && barred;
  if (big) {
    if (account.now != MARKER_BIG) enter(MARKER_BIG);
    state.held = (int32_t)winner(strategy->big, run_network(strategy->big, window));
    state.asks = 0;
    state.since_big = 0;
  } else if (state.since_big < 65535u) {
    state.since_big++;
  }
  if (drifts) drift_gate_settle(big);
  remember(big);
  account.result->big = big;
  return (uint32_t)state.held;
}

/** One window of a score strategy. @return the label */
static uint32_t step_score(const void *window) {
  enter(MARKER_BIG);
  struct step_result *result = account.result;
  const int8_t *scores = run_network(scoring->network, window);
  result->big = result->scored = true;
  result->score = score_of(scoring, nets[scoring->network].header->output_count, arena, scores);
  return result->score > parameter;
}

/* The window that a filtered strategy works on, and whether it continues the one before. */
static const void *current;
static bool continues;

static const int8_t *run_stage(uint32_t network, bool big, const int16_t features[LF_FEATURES]) {
  if (big) {
    account.result->big = true;
    enter(MARKER_BIG);
  }
  return run_network(network, nets[network].header->feed == LF_FEED_FEATURES ? features : current);
}

void cascade_continue(void) {
  continues = true;
}

void cascade_step(const void *window, struct step_result *result) {
  memset(result, 0, sizeof *result);
  account.result = result;
  account.now = MARKER_IDLE;
  account.since = 0;
  port_cycles_start();
  if (strategy != 0) {
    result->label = (uint8_t)step_hold(window);
  } else if (scoring != 0) {
    result->label = (uint8_t)step_score(window);
  } else {
    enter(MARKER_GATE);
    result->gate = true;
    current = window;
    result->label = (uint8_t)filtered_step(filtered, blob->window, window, continues, sure, run_stage);
  }
  continues = false;
  state.previous = window;
  enter(MARKER_IDLE);
  port_cycles_stop();
}
