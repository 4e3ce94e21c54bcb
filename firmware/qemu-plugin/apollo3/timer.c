/* STIMER, and the watchdog. */
#include "parts.h"

enum { FREEZE = 1 << 31, CLEAR = 1 << 30, COMPARE_A = 1 << 8, INT_COMPARE_A = 1, INT_OVERFLOW = 1 << 8 };
#define NANOSECONDS 1000000000.0

static struct {
  uint32_t cfg, base, compare, enabled, status;
  uint64_t since; /* nanoseconds at which the count was `base` */
} timer;

/** Hertz of each CLKSEL (SVD; HFRC is 48 MHz whatever the core's divider and burst, LFRC 1.024 kHz, XTAL 32.768 kHz). */
static double rate(uint32_t cfg) {
  static const double hertz[] = {0, 3e6, 187500, 32768, 16384, 1024, 1024};
  unsigned source = cfg & 15;
  if (source >= sizeof hertz / sizeof hertz[0]) chip_broken("STIMER fed by a CTIMER that the model does not have", 0x40008140);
  return (cfg & (FREEZE | CLEAR)) != 0 ? 0 : hertz[source];
}

static uint64_t passed(void) {
  return (uint64_t)((double)(chip.machine->nanoseconds() - timer.since) * rate(timer.cfg) / NANOSECONDS);
}

static uint32_t count(void) {
  return timer.base + (uint32_t)passed();
}

static void settle(void) {
  timer.base = count();
  timer.since = chip.machine->nanoseconds();
}

void timer_reset(void) {
  timer.cfg = FREEZE;
  timer.base = timer.compare = timer.enabled = timer.status = 0;
  timer.since = 0;
}

/* The comparison is met from the moment that the count reaches the register on; half the range counts as past. */
static bool reached(void) {
  return (int32_t)(count() - timer.compare) >= 0;
}

void timer_tick(void) {
  if ((timer.cfg & COMPARE_A) != 0 && rate(timer.cfg) > 0 && reached()) timer.status |= INT_COMPARE_A;
}

bool timer_wants_interrupt(void) {
  return (timer.status & timer.enabled & INT_COMPARE_A) != 0;
}

uint64_t timer_left(void) {
  double hertz = rate(timer.cfg);
  if (hertz == 0 || (timer.cfg & COMPARE_A) == 0 || (timer.enabled & INT_COMPARE_A) == 0) return UINT64_MAX;
  if (reached()) return UINT64_MAX; /* met before, and its status cleared: it does not come again */
  double at = ((double)passed() + (double)(uint32_t)(timer.compare - count())) * NANOSECONDS / hertz;
  return timer.since + (uint64_t)at + 1 - chip.machine->nanoseconds();
}

bool timer_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case 0x40008140: *value = timer.cfg; return true;
    case 0x40008144:
      if (rate(timer.cfg) == 0) chip_broken("STTMR read while nothing counts it", address);
      *value = count();
      return true;
    case 0x40008150: *value = timer.compare; return true;
    case 0x40008300: *value = timer.enabled; return true;
    case 0x40008304: *value = timer.status; return true;
    default: return false;
  }
}

static void write_cfg(uint32_t value) {
  settle();
  if ((value & CLEAR) != 0) timer.base = 0;
  timer.cfg = value;
}

static void write_compare(uint32_t value) {
  if ((timer.cfg & COMPARE_A) != 0) chip_broken("SCMPR0 written while its comparison is enabled", 0x40008150);
  if (rate(timer.cfg) == 0) chip_broken("SCMPR0 written while nothing counts", 0x40008150);
  if (value < 2) chip_broken("a comparison less than 2 ticks ahead", 0x40008150);
  timer.compare = count() + value;
}

bool timer_write(uint32_t address, uint32_t value) {
  switch (address) {
    case 0x40008140: write_cfg(value); return true;
    case 0x40008144:
      if ((timer.cfg & FREEZE) == 0) chip_broken("STTMR written while it runs", address);
      timer.base = value;
      return true;
    case 0x40008150: write_compare(value); return true;
    case 0x40008300: timer.enabled = value; return true;
    case 0x40008308:
      timer.status &= ~value;
      return true;
    case 0x4000830c: timer.status |= value; return true;
    default: return false;
  }
}

/* ---- watchdog ---- */

enum { WDTEN = 1, RESEN = 1 << 2, RESTART_KEY = 0xb2, LOCK_KEY = 0x3a };

static struct {
  uint32_t cfg;
  bool locked;
  uint64_t since;
} dog;

void watchdog_reset(void) {
  dog.cfg = 0x00ffff00;
  dog.locked = false;
  dog.since = 0;
}

uint64_t watchdog_end(void) {
  static const double hertz[] = {0, 128, 16, 1, 1 / 16.0};
  unsigned source = dog.cfg >> 24 & 7;
  bool resets = (dog.cfg & RESEN) != 0 && (chip_plain(0x40000000) & 2) != 0; /* RSTGEN.CFG.WDREN */
  if ((dog.cfg & WDTEN) == 0 || !resets || source == 0 || source > 4) return UINT64_MAX;
  return dog.since + (uint64_t)((dog.cfg >> 8 & 255) * NANOSECONDS / hertz[source]);
}

void watchdog_tick(void) {
  if (chip.machine->nanoseconds() < watchdog_end()) return;
  dog.cfg &= ~(uint32_t)WDTEN;
  chip.machine->restart(RESET_WATCHDOG);
}

bool watchdog_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case 0x40024000: *value = dog.cfg; return true;
    case 0x4ffff000: *value = chip.reset_status; return true;
    case 0x40000004: case 0x40000008: case 0x40024004: case 0x40024008: *value = 0; return true;
    default: return false;
  }
}

static void write_cfg_of_dog(uint32_t value) {
  if (dog.locked) chip_broken("watchdog configured after it was locked", 0x40024000);
  if ((value >> 24 & 7) > 4) chip_broken("no such watchdog clock", 0x40024000);
  if ((value & WDTEN) != 0 && (value >> 24 & 7) == 0) chip_broken("watchdog started without a clock", 0x40024000);
  bool changed = ((value ^ dog.cfg) & (WDTEN | 7u << 24)) != 0;
  dog.cfg = value;
  if (changed) dog.since = chip.machine->nanoseconds();
}

bool watchdog_write(uint32_t address, uint32_t value) {
  switch (address) {
    case 0x40000004:
      if (value == 0x1b) chip.machine->restart(RESET_POI);
      return true;
    case 0x40000008:
      if (value == 0xd4) chip.machine->restart(RESET_SOFTWARE);
      return true;
    case 0x4ffff000:
      if (value != 0) chip_broken("RSTGEN.STAT written with something else than 0", address);
      chip.reset_status = 0;
      return true;
    case 0x40024000: write_cfg_of_dog(value); return true;
    case 0x40024004:
      if (value != RESTART_KEY) chip_broken("watchdog restarted with another key than 0xB2", address);
      dog.since = chip.machine->nanoseconds();
      return true;
    case 0x40024008:
      if (value == LOCK_KEY) dog.locked = true;
      return true;
    default: return false;
  }
}
