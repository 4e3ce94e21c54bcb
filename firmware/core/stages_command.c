#include "stages_command.h"

#include "dut.h"
#include "extension_error.h"
#include "stages.h"
#include "text.h"
#include "words.h"

static void key_unsigned(const char *key, uint32_t value) {
  text_key(key);
  text_unsigned(value);
}

/** What the registers said after the last change to a stage's level. */
static void stage(const char *name, const char *millivolts, const char *hertz, const char *registers, enum stage which) {
  const struct port_level *is = &stages.is[which];
  key_unsigned(name, stages.index[which]);
  key_unsigned(millivolts, is->millivolts);
  key_unsigned(hertz, is->hertz);
  text_key(registers);
  for (uint32_t i = 0; i < is->count; i++) {
    if (i != 0) text_char(':');
    text_hex(is->words[i], 0);
  }
}

static void report(void) {
  text("m-lf-stages");
  stage("gate", "gatemv", "gatehz", "gatereg", STAGE_GATE);
  stage("big", "bigmv", "bighz", "bigreg", STAGE_BIG);
  key_unsigned("changes", stages.changes);
  key_unsigned("failed", stages.failed);
  key_unsigned("us", stages.microseconds);
  text_key("cycles");
  if (port_facts.cycle_counter) {
    text_unsigned(stages.cycles);
  } else {
    text_char('-');
  }
  text_end_checked();
}

void stages_command(char *rest) {
  const char *first = words_next(&rest), *second = words_next(&rest);
  uint32_t gate, big;
  if (first != 0) {
    if (!words_unsigned(first, &gate) || second == 0 || !words_unsigned(second, &big)) {
      extension_error("usage", "lf stages [<gate's level> <Big's level>]");
      return;
    }
    if (gate >= dut.blob.level_count || big >= dut.blob.level_count) {
      extension_error("range", "no such level");
      return;
    }
    if (!stages_set(dut.blob.levels, gate, big)) {
      extension_error("level", "a level did not come: its registers are refused or read back otherwise");
      return;
    }
  } else if (!stages.apart) {
    extension_error("state", "all stages have one level");
    return;
  }
  report();
}
