#include "stages.h"

struct stages stages;

/** Sets a stage's level and reads it back. @return whether the registers are the level's */
static bool settle(enum stage stage) {
  uint32_t index = stages.index[stage];
  const uint32_t *words = stages.levels[index].registers;
  bool same = port_level_set(index, words, PORT_LEVEL_WORDS);
  struct port_level *is = &stages.is[stage];
  port_level_read(is);
  for (uint32_t i = 0; i < is->count; i++) same = same && is->words[i] == words[i];
  stages.now = stage;
  return same;
}

bool stages_set(const lf_level *levels, uint32_t gate, uint32_t big) {
  stages.levels = levels;
  stages.index[STAGE_GATE] = gate;
  stages.index[STAGE_BIG] = big;
  stages_count();
  bool done = settle(STAGE_BIG);
  done = settle(STAGE_GATE) && done;
  stages.apart = done;
  return done;
}

void stages_clear(void) {
  stages.apart = false;
}

void stages_count(void) {
  stages.changes = stages.failed = stages.microseconds = stages.cycles = 0;
}

void stages_change(enum stage stage) {
  uint32_t micros = port_micros(), cycles = port_cycles_read();
  if (!settle(stage)) stages.failed++;
  stages.changes++;
  stages.cycles += port_cycles_read() - cycles;
  stages.microseconds += port_micros() - micros;
}
