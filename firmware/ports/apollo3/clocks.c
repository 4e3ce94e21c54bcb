#include "clocks.h"

#include "cpu.h"
#include "port.h"
#include "registers.h"

enum { HFRC_HZ = 48000000, MILLIVOLTS = 700, BURST_MILLIVOLTS = 850 };
/* The HAL gives burst 10,000 us to come (am_hal_burst.c); this many reads of a register take longer at any clock. */
enum { BURST_READS = 1000000 };
enum { WORD_HALF, WORD_BURST };

static void change(uint32_t address, uint32_t mask, uint32_t value) {
  REGISTER(address) = (REGISTER(address) & ~mask) | value;
}

static bool wait_for(uint32_t address, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < BURST_READS; i++) {
    if ((REGISTER(address) & mask) == value) return true;
  }
  return false;
}

static void set_half(bool half) {
  REGISTER(CLKGEN_CLKKEY) = CLKKEY;
  REGISTER(CLKGEN_CCTRL) = half ? CCTRL_HALF : 0;
  REGISTER(CLKGEN_CLKKEY) = 0;
}

static void init_cache(void) {
  REGISTER(FLASHCFG) = FLASHCFG_RECOMMENDED;
  /* The caches themselves go off before anything else changes (am_hal_cachectrl_config): the boot loader may have left them on. */
  REGISTER(CACHECFG) &= ~(uint32_t)(CACHE_INSTRUCTIONS | CACHE_DATA);
  uint32_t configuration = CACHE_W1_1024 | CACHE_CLKGATE | CACHE_DATA_CLKGATE | CACHE_INSTRUCTIONS | CACHE_DATA;
  REGISTER(CACHECFG) = configuration;
  REGISTER(CACHECFG) = configuration | CACHE_ENABLE;
}

static void init_burst(void) {
  if ((REGISTER(SKU) & SKU_ALLOWBURST) == 0) return;
  REGISTER(DEVPWREVENTEN) |= EVENT_BURST;
  /* Burst is fed by the BLE buck; its trims are am_hal_pwrctrl_blebuck_trim's. */
  change(BLEBUCK2, 0xfff, 0x19 << 6 | 0x0c);
  change(CLKGEN_BLEBUCKTONADJ, TONADJUSTEN, 0);
  REGISTER(FEATUREENABLE) |= FEATURE_BURSTREQ;
  (void)wait_for(FEATUREENABLE, FEATURE_BURSTACK, FEATURE_BURSTACK);
}

static bool leave_burst(void) {
  uint32_t mask = cpu_mask_interrupts();
  REGISTER(CLKGEN_FREQCTRL) &= ~(uint32_t)FREQCTRL_BURSTREQ;
  cpu_restore_interrupts(mask);
  return wait_for(CLKGEN_FREQCTRL, FREQCTRL_BURSTSTATUS, 0);
}

void clocks_init(void) {
  init_cache();
  /* What a restart by the watchdog keeps of the clock is not known: its divider must not change in burst. */
  if (clocks_burst()) (void)leave_burst();
  set_half(false);
  init_burst();
}

bool clocks_can_burst(void) {
  uint32_t needed = FEATURE_BURSTACK | FEATURE_BURSTAVAIL;
  return (REGISTER(FEATUREENABLE) & needed) == needed;
}

bool clocks_set(bool half, bool burst) {
  if (clocks_burst() && !burst && !leave_burst()) return false;
  if (half != clocks_half()) set_half(half);
  if (!burst || clocks_burst()) return true;
  REGISTER(CLKGEN_FREQCTRL) |= FREQCTRL_BURSTREQ;
  if (wait_for(CLKGEN_FREQCTRL, FREQCTRL_BURSTSTATUS, FREQCTRL_BURSTSTATUS)) return true;
  (void)leave_burst();
  return false;
}

bool clocks_half(void) {
  return (REGISTER(CLKGEN_CCTRL) & CCTRL_HALF) != 0;
}

bool clocks_burst(void) {
  return (REGISTER(CLKGEN_FREQCTRL) & FREQCTRL_BURSTSTATUS) != 0;
}

uint32_t clocks_hertz(void) {
  uint32_t hertz = clocks_half() ? HFRC_HZ / 2 : HFRC_HZ;
  return clocks_burst() ? 2 * hertz : hertz;
}

/* ---- levels: [HFRC halved, burst, 0, 0] ---- */

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  (void)index;
  if (count != PORT_LEVEL_WORDS || words[WORD_HALF] > 1 || words[WORD_BURST] > 1 || words[2] != 0 || words[3] != 0) return false;
  bool half = words[WORD_HALF] == 1, burst = words[WORD_BURST] == 1;
  if (burst && (half || !clocks_can_burst())) return false;
  return clocks_set(half, burst);
}

/** The chip sets its core voltage itself and tells nothing of it: these are the chip profile's assumptions. */
void port_level_read(struct port_level *level) {
  level->words[WORD_HALF] = clocks_half();
  level->words[WORD_BURST] = clocks_burst();
  level->words[2] = level->words[3] = 0;
  level->count = PORT_LEVEL_WORDS;
  level->millivolts = clocks_burst() ? BURST_MILLIVOLTS : MILLIVOLTS;
  level->hertz = clocks_hertz();
}
