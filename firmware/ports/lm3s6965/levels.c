/**
 * Levels: RCC2.SYSDIV2 divides the 200 MHz of the PLL, LDOPCTL sets the core regulator. The blob's words are
 * [SYSDIV, LDOPCTL code, index of the level in its chip profile, microseconds that the chip needs to settle there]. The board also stands in for
 * chips that it is not: it waits as long as theirs would, at the lower of the two clocks, and what it answers for a level whose words are read
 * back unchanged is the millivolts and hertz of the blob's table; otherwise they are computed from the registers.
 */
#include "board.h"
#include "doorbell.h"
#include "dut.h"
#include "port.h"
#include "registers.h"
#include "sysdiv.h"

enum { WORD_SYSDIV, WORD_LDO, WORD_INDEX, WORD_SETTLE };
enum { SYSDIV_MIN = 1, SYSDIV_MAX = 63, LDO_FIRST_HIGH = 0x1b, LDO_LAST_HIGH = 0x1f, LDO_LAST_LOW = 5, LDO_FIELD = 0x3f, SETTLE_MAX_US = 10000 };

static uint32_t level_index, settle_us;

/** Millivolts of an LDOPCTL code (data sheet, "LDOPCTL"), 0 for a reserved one. */
static uint32_t ldo_millivolts(uint32_t code) {
  if (code <= LDO_LAST_LOW) return 2500 - 50 * code;
  if (code >= LDO_FIRST_HIGH && code <= LDO_LAST_HIGH) return 2750 - 50 * (code - LDO_FIRST_HIGH);
  return 0;
}

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  if (count != PORT_LEVEL_WORDS || index >= DOORBELL_LEVEL_COUNT) return false;
  uint32_t sysdiv = words[WORD_SYSDIV], code = words[WORD_LDO];
  if (sysdiv < SYSDIV_MIN || sysdiv > SYSDIV_MAX || ldo_millivolts(code) == 0) return false;
  if (words[WORD_SETTLE] > SETTLE_MAX_US) return false;
  uint32_t code_before = REGISTER(LDOPCTL);
  bool faster = sysdiv <= levels_sysdiv();
  if (faster) { /* voltage first */
    REGISTER(LDOPCTL) = code;
    doorbell_wait(words[WORD_SETTLE]);
  }
  if (!levels_clock_uart(sysdiv)) {
    REGISTER(LDOPCTL) = code_before;
    return false;
  }
  REGISTER(LDOPCTL) = code;
  level_index = words[WORD_INDEX];
  settle_us = words[WORD_SETTLE];
  doorbell_ring(DOORBELL_LEVELS + index);
  if (!faster) doorbell_wait(settle_us);
  return true;
}

static void take_from_table(struct port_level *level) {
  if (dut.blob_status != LF_OK) return;
  for (uint32_t i = 0; i < dut.blob.level_count; i++) {
    const lf_level *entry = &dut.blob.levels[i];
    uint32_t same = 0;
    while (same < PORT_LEVEL_WORDS && entry->registers[same] == level->words[same]) same++;
    if (same != PORT_LEVEL_WORDS) continue;
    level->millivolts = entry->millivolts;
    level->hertz = entry->hertz;
    return;
  }
}

void port_level_read(struct port_level *level) {
  level->words[WORD_SYSDIV] = levels_sysdiv();
  level->words[WORD_LDO] = REGISTER(LDOPCTL) & LDO_FIELD;
  level->words[WORD_INDEX] = level_index;
  level->words[WORD_SETTLE] = settle_us;
  level->count = PORT_LEVEL_WORDS;
  level->millivolts = ldo_millivolts(level->words[WORD_LDO]);
  level->hertz = 1000000000u / levels_period_ns();
  take_from_table(level);
}
