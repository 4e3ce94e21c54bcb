/* CLKGEN, MCUCTRL.FEATUREENABLE and the flash controller: core clock, burst, wait states, cache. */
#include "parts.h"

enum { CLKKEY_VALUE = 0x47, HFRC_HZ = 48000000 };
enum { BURSTREQ = 1, BURSTACK = 2, BURSTSTATUS = 4, FEATURE_REQ = 1 << 4, FEATURE_ACK = 1 << 5, FEATURE_AVAIL = 1 << 6 };
enum { CACHE_ENABLE = 1, CACHE_CONFIG = 15 << 4, CACHE_SIDES = 3 << 8, CACHE_READY = 1 << 2 };
/* Reads of a status after which a request is granted: software that does not wait must not see it at once. */
enum { GRANTED_AFTER = 3 };

static struct {
  uint32_t key, cctrl, freqctrl, feature, cachecfg, flashcfg;
  unsigned burst_delay, feature_delay, cache_delay;
} clocks;

static void tell(void) {
  uint32_t hertz = (clocks.cctrl & 1) != 0 ? HFRC_HZ / 2 : HFRC_HZ;
  chip.machine->clock((clocks.freqctrl & BURSTSTATUS) != 0 ? 2 * hertz : hertz, 0);
}

void clocks_reset(void) {
  clocks.key = clocks.freqctrl = 0;
  clocks.cctrl = 1;
  clocks.feature = 1;
  clocks.cachecfg = 0x00100c50;
  clocks.flashcfg = 0x00000873;
  clocks.burst_delay = clocks.feature_delay = clocks.cache_delay = 0;
  tell();
}

static uint32_t read_freqctrl(void) {
  if (clocks.burst_delay != 0 && --clocks.burst_delay == 0) {
    bool asked = (clocks.freqctrl & BURSTREQ) != 0;
    /* The request is acknowledged whether burst is granted or not (SVD, FREQCTRL.BURSTACK). */
    bool granted = asked && (clocks.feature & FEATURE_AVAIL) != 0;
    clocks.freqctrl = (clocks.freqctrl & BURSTREQ) | (asked ? BURSTACK : 0) | (granted ? BURSTSTATUS : 0);
    tell();
  }
  return clocks.freqctrl;
}

static uint32_t read_feature(void) {
  if (clocks.feature_delay != 0 && --clocks.feature_delay == 0) {
    bool asked = (clocks.feature & FEATURE_REQ) != 0;
    clocks.feature = (clocks.feature & 0x1f) | (asked ? FEATURE_ACK | FEATURE_AVAIL : 0);
  }
  return clocks.feature;
}

bool clocks_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case 0x40004014: *value = clocks.key == CLKKEY_VALUE; return true;
    case 0x40004018: *value = clocks.cctrl; return true;
    case 0x40004034: *value = read_freqctrl(); return true;
    case 0x40018000: *value = clocks.cachecfg; return true;
    case 0x40018004: *value = clocks.flashcfg; return true;
    case 0x40018008:
      if (clocks.cache_delay != 0) clocks.cache_delay--;
      *value = (clocks.cachecfg & CACHE_ENABLE) != 0 && clocks.cache_delay == 0 ? CACHE_READY : 0;
      return true;
    case 0x40020018: *value = read_feature(); return true;
    default: return false;
  }
}

static void write_freqctrl(uint32_t value) {
  bool asks = (value & BURSTREQ) != 0, asked = (clocks.freqctrl & BURSTREQ) != 0;
  if (asks == asked) return;
  if (asks && (clocks.feature & FEATURE_ACK) == 0) chip_broken("burst requested before MCUCTRL.FEATUREENABLE.BURSTREQ was acknowledged", 0x40004034);
  if (asks && (chip_plain(0x40021028) >> 31) == 0) chip_broken("burst requested without PWRCTRL.DEVPWREVENTEN.BURSTEVEN", 0x40004034);
  clocks.freqctrl = (clocks.freqctrl & ~(uint32_t)BURSTREQ) | (asks ? BURSTREQ : 0);
  clocks.burst_delay = GRANTED_AFTER;
}

static void write_cctrl(uint32_t value) {
  if (clocks.key != CLKKEY_VALUE) chip_broken("CCTRL written without the key 0x47 in CLKKEY", 0x40004018);
  if ((clocks.freqctrl & (BURSTREQ | BURSTSTATUS)) != 0 && value != clocks.cctrl) chip_broken("HFRC divider changed in burst", 0x40004018);
  clocks.cctrl = value & 1;
  tell();
}

static void write_cache(uint32_t value) {
  uint32_t changed = value ^ clocks.cachecfg;
  if ((changed & CACHE_CONFIG) != 0 && (clocks.cachecfg & CACHE_SIDES) != 0 && (clocks.cachecfg & CACHE_ENABLE) != 0)
    chip_broken("cache configured while it is in use", 0x40018000);
  uint32_t shape = value >> 4 & 15;
  if (shape != 4 && shape != 5 && shape != 8) chip_broken("no such cache configuration", 0x40018000);
  /* SVD: CACHEB0 and CACHEB2 feed it, together with ENABLE. */
  uint32_t enabled;
  (void)memory_read(0x40021010, &enabled);
  if ((value & CACHE_ENABLE) != 0 && enabled >> 30 != 3) chip_broken("cache enabled without its memory (MEMPWREN.CACHEB0, CACHEB2)", 0x40018000);
  if ((changed & value & CACHE_ENABLE) != 0) clocks.cache_delay = GRANTED_AFTER;
  clocks.cachecfg = value;
}

static void write_flash(uint32_t value) {
  if ((value & 15) < 1) chip_broken("fewer flash wait states than the recommended 1", 0x40018004);
  if ((value >> 4 & 7) < 5) chip_broken("flash address set-up below the recommended 5", 0x40018004);
  if ((value >> 12 & 3) == 3) chip_broken("no such flash low power mode", 0x40018004);
  clocks.flashcfg = value;
}

static void write_feature(uint32_t value) {
  uint32_t changed = (value ^ clocks.feature) & FEATURE_REQ;
  clocks.feature = (clocks.feature & ~(uint32_t)(FEATURE_REQ | 1)) | (value & (FEATURE_REQ | 1));
  if (changed != 0) clocks.feature_delay = GRANTED_AFTER;
}

bool clocks_write(uint32_t address, uint32_t value) {
  switch (address) {
    case 0x40004014: clocks.key = value; return true;
    case 0x40004018: write_cctrl(value); return true;
    case 0x40004034: write_freqctrl(value); return true;
    case 0x40018000: write_cache(value); return true;
    case 0x40018004: write_flash(value); return true;
    case 0x40020018: write_feature(value); return true;
    default: return false;
  }
}
