#include "power.h"

#include "cpu.h"
#include "port.h"
#include "registers.h"

enum { CORE_HERTZ = 64000000 };
/* Behind REG1, converter or linear; not to be set and not to be read (product specification, "POWER", block diagram). */
enum { CORE_MILLIVOLTS = 1300 };
/* Of LFCLK's 32768 Hz. */
enum { WATCHDOG_TICKS = 8 * 32768, FLASH_KILOBYTES = 1024, RAM_KILOBYTES = 256 };
enum { WORD_CONVERTER };

static uint32_t reset_reasons;

bool power_is_our_chip(void) {
  uint32_t flash = REGISTER(FICR_CODEPAGESIZE) / KILOBYTE * REGISTER(FICR_CODESIZE);
  return REGISTER(FICR_PART) == PART_NRF52840 && flash == FLASH_KILOBYTES && REGISTER(FICR_RAM) == RAM_KILOBYTES;
}

/**
 * The crystal at both clocks. LFCLK is there after a quarter of a second and nothing waits for it: until then the watchdog takes its own RC oscillator.
 * LFCLKSRC must not change while LFCLK runs, which it may after a soft reset (erratum 36: CLOCK is not reset whole).
 */
static void start_oscillators(void) {
  if (REGISTER(CLOCK_LFCLKRUN) == 0) {
    REGISTER(CLOCK_LFCLKSRC) = LFCLKSRC_CRYSTAL;
    REGISTER(CLOCK_LFCLKSTART) = TRIGGER;
  }
  REGISTER(CLOCK_HFCLKSTART) = TRIGGER;
  while (REGISTER(CLOCK_HFCLKSTAT) != HFCLK_CRYSTAL_RUNS) {
  }
}

/** Stands still while the core sleeps or is halted. A soft reset leaves it running, and what it was started with cannot be changed then. */
static void start_watchdog(void) {
  if (REGISTER(WDT_RUNSTATUS) == 0) {
    REGISTER(WDT_CRV) = WATCHDOG_TICKS - 1;
    REGISTER(WDT_RREN) = WDT_RR0_ENABLED;
    REGISTER(WDT_CONFIG) = WDT_PAUSED_ASLEEP_AND_HALTED;
    REGISTER(WDT_START) = TRIGGER;
  }
  REGISTER(WDT_RR0) = WDT_RELOAD;
}

void power_init(void) {
  reset_reasons = REGISTER(POWER_RESETREAS);
  REGISTER(POWER_RESETREAS) = reset_reasons; /* ones clear; what is not cleared stays over the next reset */
  /* From the third revision on the access port is closed at each reset until software opens it, as UICR says (MDK, configuration 249). */
  REGISTER(APPROTECT_DISABLE) = REGISTER(UICR_APPROTECT);
  REGISTER(NVMC_ICACHECNF) = ICACHE_ENABLED;
  REGISTER(POWER_LOWPWR) = TRIGGER;
  start_oscillators();
  start_watchdog();
}

/** Behind a reset by the pin other bits may be set that should not be (erratum 136). */
const char *port_reset_reason(void) {
  if ((reset_reasons & RESETREAS_PIN) != 0) return 0;
  if ((reset_reasons & RESETREAS_WATCHDOG) != 0) return "watchdog";
  if ((reset_reasons & RESETREAS_LOCKUP) != 0) return "lockup";
  return 0;
}

void port_progress(void) {
  REGISTER(WDT_RR0) = WDT_RELOAD;
}

/* ---- levels: [REG1 by its converter, 0, 0, 0]. The core has one clock. ---- */

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  (void)index;
  if (count != PORT_LEVEL_WORDS || words[WORD_CONVERTER] > 1 || words[1] != 0 || words[2] != 0 || words[3] != 0) return false;
  if (!power_is_our_chip()) return false;
  REGISTER(POWER_DCDCEN) = words[WORD_CONVERTER];
  return true;
}

void port_level_read(struct port_level *level) {
  level->words[WORD_CONVERTER] = REGISTER(POWER_DCDCEN);
  level->words[1] = level->words[2] = level->words[3] = 0;
  level->count = PORT_LEVEL_WORDS;
  level->millivolts = CORE_MILLIVOLTS;
  level->hertz = CORE_HERTZ;
}
