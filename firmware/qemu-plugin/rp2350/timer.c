/* TICKS, TIMER0 and WATCHDOG. */
#include <string.h>

#include "parts.h"

enum { TICKS = 0x40108000, TIMER = 0x400b0000, WATCHDOG = 0x400d8000, ALIASES = 0x3000, UNITS = 6, UNIT_TIMER0 = 2, UNIT_WATCHDOG = 4 };
enum { RUNNING = 2, ENABLE = 1, MICROSECOND = 1000, THERE_AFTER = 2, SCRATCHES = 8, LONGEST = 0xffffff };
#define DOG_TRIGGER (1u << 31)
#define DOG_ENABLE (1u << 30)

static struct {
  uint32_t cycles;
  bool on;
  unsigned delay;
} ticks[UNITS];
static struct {
  uint64_t since; /* nanoseconds at which the count was 0 */
  uint64_t alarms[TIMER_ALARMS]; /* counts of microseconds at which they come */
  uint32_t written[TIMER_ALARMS], armed, status, enabled;
} timer;
static struct {
  uint32_t control, left, scratch[SCRATCHES], reason;
  uint64_t since;
} dog;

void rp_timer_block_reset(void) {
  memset(&timer, 0, sizeof timer);
  timer.since = rp_chip.machine->nanoseconds();
}

void rp_timer_reset(unsigned reason) {
  memset(ticks, 0, sizeof ticks);
  rp_timer_block_reset();
  dog.control = 0x07000000;
  dog.left = 0;
  dog.since = 0;
  dog.reason = reason & (REASON_TIMER | REASON_FORCE);
  if (dog.reason == 0) memset(dog.scratch, 0, sizeof dog.scratch);
}

static bool running(unsigned unit) {
  return ticks[unit].on && ticks[unit].delay == 0;
}

static uint64_t count(void) {
  return (rp_chip.machine->nanoseconds() - timer.since) / MICROSECOND;
}

static void need_ticks(uint32_t address) {
  if (!running(UNIT_TIMER0)) rp_broken("TIMER0 used while its ticks do not run (TICKS)", address);
}

/* ---- alarms ---- */

static void timer_tick(void) {
  for (unsigned i = 0; i < TIMER_ALARMS; i++) {
    if ((timer.armed & 1u << i) == 0 || count() < timer.alarms[i]) continue;
    timer.armed &= ~(1u << i);
    timer.status |= 1u << i;
  }
}

bool rp_timer_wants_interrupt(unsigned alarm) {
  return (timer.status & timer.enabled & 1u << alarm) != 0;
}

uint64_t rp_timer_left(void) {
  uint64_t first = UINT64_MAX;
  for (unsigned i = 0; i < TIMER_ALARMS; i++) {
    bool wakes = (timer.armed & timer.enabled & 1u << i) != 0 && rp_chip.machine->enabled(IRQ_TIMER0 + i);
    if (wakes && timer.alarms[i] < first) first = timer.alarms[i];
  }
  if (first == UINT64_MAX) return first;
  uint64_t at = timer.since + first * MICROSECOND, now = rp_chip.machine->nanoseconds();
  return at > now ? at - now : 1;
}

static void write_alarm(unsigned alarm, uint32_t value, uint32_t address) {
  need_ticks(address);
  uint64_t now = count();
  uint32_t ahead = value - (uint32_t)now;
  if ((int32_t)ahead <= 0) rp_broken("an alarm set to a time that has passed: it comes 71 minutes later", address);
  timer.alarms[alarm] = now + ahead;
  timer.written[alarm] = value;
  timer.armed |= 1u << alarm;
}

static bool read_timer(uint32_t offset, uint32_t *value) {
  switch (offset) {
    case 0x10: case 0x14: case 0x18: case 0x1c: *value = timer.written[(offset - 0x10) / 4]; return true;
    case 0x20: *value = timer.armed; return true;
    case 0x24: case 0x28:
      need_ticks(TIMER + offset);
      *value = (uint32_t)(offset == 0x24 ? count() >> 32 : count());
      return true;
    case 0x3c: *value = timer.status; return true;
    case 0x40: *value = timer.enabled; return true;
    case 0x48: *value = timer.status & timer.enabled; return true;
    default: return false;
  }
}

static bool write_timer(uint32_t address, uint32_t value) {
  uint32_t offset = (address & ~(uint32_t)ALIASES) - TIMER;
  switch (offset) {
    case 0x10: case 0x14: case 0x18: case 0x1c: write_alarm((offset - 0x10) / 4, value, address); return true;
    case 0x20: timer.armed &= ~value; return true;
    case 0x3c: timer.status &= ~value; return true;
    case 0x40: timer.enabled = rp_changed(timer.enabled, address, value) & 15; return true;
    default: return false;
  }
}

/* ---- ticks ---- */

static bool read_ticks(uint32_t offset, uint32_t *value) {
  unsigned unit = offset / 12;
  if (offset % 12 == 4) *value = ticks[unit].cycles;
  if (offset % 12 == 0) {
    if (ticks[unit].delay != 0) ticks[unit].delay--;
    *value = (ticks[unit].on ? ENABLE : 0) | (running(unit) ? RUNNING : 0);
  }
  return offset % 12 != 8;
}

static bool write_ticks(uint32_t address, uint32_t value) {
  uint32_t offset = (address & ~(uint32_t)ALIASES) - TICKS;
  unsigned unit = offset / 12;
  if (offset % 12 == 4) {
    if (ticks[unit].on) rp_broken("TICKS.CYCLES changed while the ticks run", address);
    ticks[unit].cycles = rp_changed(ticks[unit].cycles, address, value) & 0x1ff;
    return true;
  }
  if (offset % 12 != 0) return false;
  bool on = (rp_changed(ticks[unit].on, address, value) & ENABLE) != 0;
  if (on && !ticks[unit].on) {
    if ((uint64_t)ticks[unit].cycles * 1000000 != rp_reference_hertz()) rp_broken("ticks that are no microseconds: TICKS.CYCLES against clk_ref", address);
    ticks[unit].delay = THERE_AFTER;
    if (unit == UNIT_TIMER0) timer.since = rp_chip.machine->nanoseconds();
  }
  ticks[unit].on = on;
  return true;
}

/* ---- watchdog ---- */

static bool dog_runs(void) {
  return (dog.control & DOG_ENABLE) != 0;
}

uint64_t rp_watchdog_end(void) {
  return dog_runs() ? dog.since + (uint64_t)dog.left * MICROSECOND : UINT64_MAX;
}

static void settle_dog(void) {
  uint64_t now = rp_chip.machine->nanoseconds(), end = rp_watchdog_end();
  if (end != UINT64_MAX) dog.left = end > now ? (uint32_t)((end - now) / MICROSECOND) : 0;
  dog.since = now;
}

void rp_timer_tick(void) {
  timer_tick();
  if (rp_chip.machine->nanoseconds() < rp_watchdog_end()) return;
  dog.control &= ~DOG_ENABLE;
  rp_chip.machine->restart(REASON_TIMER);
}

static void need_dogs_ground(void) {
  if (!running(UNIT_WATCHDOG)) rp_broken("the watchdog started while its ticks do not run (TICKS)", WATCHDOG);
  if (!rp_watchdog_resets_system()) rp_broken("the watchdog used while PSM.WDSEL lets it restart nothing", WATCHDOG);
  if (!rp_ring_oscillator_runs()) rp_broken("the watchdog started while the ring oscillator is off, into which it would restart", WATCHDOG);
}

static void write_dog(uint32_t value) {
  bool starts = (value & DOG_ENABLE) != 0 && !dog_runs();
  if (starts) need_dogs_ground();
  settle_dog();
  dog.control = value & ~DOG_TRIGGER;
  if (starts && dog.left == 0) rp_broken("the watchdog started before LOAD is written", WATCHDOG);
  if ((value & DOG_TRIGGER) == 0) return;
  if (!rp_watchdog_resets_system()) rp_broken("the watchdog used while PSM.WDSEL lets it restart nothing", WATCHDOG);
  dog.control &= ~DOG_ENABLE;
  rp_chip.machine->restart(REASON_FORCE);
}

static bool write_watchdog(uint32_t address, uint32_t value) {
  uint32_t offset = (address & ~(uint32_t)ALIASES) - WATCHDOG;
  if (offset - 0xc < 4 * SCRATCHES) {
    uint32_t *scratch = &dog.scratch[(offset - 0xc) / 4];
    *scratch = rp_changed(*scratch, address, value);
    return true;
  }
  switch (offset) {
    case 0x0: write_dog(rp_changed(dog.control, address, value)); return true;
    case 0x4:
      if (value > LONGEST) rp_broken("the watchdog's LOAD has 24 bits", address);
      dog.left = value;
      dog.since = rp_chip.machine->nanoseconds();
      return true;
    default: return false;
  }
}

bool rp_timer_read(uint32_t address, uint32_t *value) {
  if (address - TIMER < 0x1000) return read_timer(address - TIMER, value);
  if (address - TICKS < 12 * UNITS) return read_ticks(address - TICKS, value);
  switch (address - WATCHDOG) {
    case 0x0:
      settle_dog();
      *value = dog.control | dog.left;
      return true;
    case 0x8: *value = dog.reason; return true;
    default:
      if (address - WATCHDOG - 0xc >= 4 * SCRATCHES) return false;
      *value = dog.scratch[(address - WATCHDOG - 0xc) / 4];
      return true;
  }
}

bool rp_timer_write(uint32_t address, uint32_t value) {
  uint32_t at = address & ~(uint32_t)ALIASES;
  if (at - TIMER < 0x1000) return write_timer(address, value);
  if (at - TICKS < 12 * UNITS) return write_ticks(address, value);
  if (at - WATCHDOG < 0x1000) return write_watchdog(address, value);
  return false;
}
