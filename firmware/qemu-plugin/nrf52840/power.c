/* CLOCK and POWER: oscillators, regulators, RAM. */
#include "parts.h"

enum {
  HFCLKSTART = 0x40000000,
  HFCLKSTOP = 0x40000004,
  LFCLKSTART = 0x40000008,
  LFCLKSTOP = 0x4000000c,
  HFCLKSTARTED = 0x40000100,
  LFCLKSTARTED = 0x40000104,
  HFCLKRUN = 0x40000408,
  HFCLKSTAT = 0x4000040c,
  LFCLKRUN = 0x40000414,
  LFCLKSTAT = 0x40000418,
  LFCLKSRCCOPY = 0x4000041c,
  SYSTEMOFF = 0x40000500,
  LFCLKSRC = 0x40000518,
  DCDCEN = 0x40000578,
  DCDCEN0 = 0x40000580,
  MAINREGSTATUS = 0x40000640,
  RAM_POWER = 0x40000900,
  RAM_LAST = 0x400009ff,
  RUNNING = 1 << 16,
  CRYSTAL = 1,
};
/* RAM[0..7]: two sections of 4 KB each; RAM[8]: six of 32 KB (product specification, "Memory"). */
enum { SMALL_BLOCKS = 8, SMALL = 4096, LARGE = 32768 };

static unsigned high_delay, low_delay;

void nrf_power_reset(unsigned reason) {
  (void)reason;
  high_delay = low_delay = 0;
  nrf_machine->clock(CORE_HERTZ, 0);
}

bool nrf_crystal_runs(void) {
  return *nrf_register(HFCLKSTAT) == (RUNNING | CRYSTAL);
}

/** An oscillator that was asked for is there some reads of its status later. */
static void grant(void) {
  if (high_delay != 0 && --high_delay == 0) {
    *nrf_register(HFCLKSTAT) = RUNNING | CRYSTAL;
    *nrf_register(HFCLKSTARTED) = 1;
  }
  if (low_delay != 0 && --low_delay == 0) {
    *nrf_register(LFCLKSTAT) = RUNNING | *nrf_register(LFCLKSRCCOPY);
    *nrf_register(LFCLKSTARTED) = 1;
  }
}

static void check_loss(uint32_t address, uint32_t off) {
  unsigned block = (address - RAM_POWER) / 16, bytes = block < SMALL_BLOCKS ? SMALL : LARGE, sections = block < SMALL_BLOCKS ? 2 : 6;
  uint32_t base = RAM_BASE + (block < SMALL_BLOCKS ? block * 2 * SMALL : SMALL_BLOCKS * 2 * SMALL);
  for (unsigned section = 0; section < sections; section++) {
    if ((off & 1u << section) != 0 && nrf_machine->holds_data(base + section * bytes, bytes)) nrf_broken("RAM that holds data switched off", address);
  }
}

static void written_ram(uint32_t address, uint32_t before) {
  uint32_t *power = nrf_register(address & ~15u), value = *nrf_register(address);
  uint32_t old = *power;
  if ((address & 15) == 0) old = before;
  else if ((address & 15) == 4) *power |= value;
  else *power &= ~value;
  check_loss(address & ~15u, old & ~*power);
}

static void task(uint32_t address) {
  switch (address) {
    case HFCLKSTART:
      *nrf_register(HFCLKRUN) = 1;
      high_delay = GRANTED_AFTER;
      break;
    case HFCLKSTOP:
      *nrf_register(HFCLKRUN) = 0;
      *nrf_register(HFCLKSTAT) = RUNNING; /* the core runs from the RC oscillator then */
      high_delay = 0;
      break;
    case LFCLKSTART:
      *nrf_register(LFCLKRUN) = 1;
      *nrf_register(LFCLKSRCCOPY) = *nrf_register(LFCLKSRC) & 3;
      low_delay = GRANTED_AFTER;
      break;
    case LFCLKSTOP:
      *nrf_register(LFCLKRUN) = *nrf_register(LFCLKSTAT) = 0;
      low_delay = 0;
      break;
    default: break; /* constant latency or low power: the model's sleep is the same */
  }
}

static void written(uint32_t address, uint32_t before) {
  if (address >= RAM_POWER && address <= RAM_LAST) {
    written_ram(address, before);
    return;
  }
  switch (address) {
    case LFCLKSRC:
      if (*nrf_register(LFCLKRUN) != 0) nrf_broken("LFCLKSRC written while LFCLK runs", address);
      if ((*nrf_register(LFCLKSRC) & 3) == 3) nrf_broken("no such source of LFCLK", address);
      break;
    case DCDCEN: nrf_machine->clock(CORE_HERTZ, *nrf_register(DCDCEN)); break;
    case DCDCEN0:
      if (*nrf_register(DCDCEN0) != 0 && *nrf_register(MAINREGSTATUS) == 0) nrf_broken("REG0's converter switched on in normal voltage mode", address);
      break;
    case SYSTEMOFF: nrf_broken("System OFF: only a reset ends it", address);
    default: break;
  }
}

void nrf_power_touch(enum touch touch, uint32_t address, uint32_t before) {
  if (touch == TOUCH_READ) grant();
  else if (touch == TOUCH_TASK) task(address);
  else written(address, before);
}
