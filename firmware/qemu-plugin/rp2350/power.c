/* POWMAN's regulator and brown-out detector, RESETS, PSM.WDSEL, SYSCFG. */
#include "parts.h"

enum { POWMAN = 0x40100000, RESETS = 0x40020000, PSM = 0x40018000, SYSCFG = 0x40008000, ALIASES = 0x3000, RAM = 0x20000000 };
enum { VREG_CTRL = 0x4, VREG_STS = 0x8, VREG = 0xc, BOD = 0x1c, UNLOCK = 1 << 13, UPDATING = 1 << 15, VOUT_OK = 1 << 4, PASSWORD = 0x5afe };
enum { DVDD_MAX_MILLIVOLTS = 1160, DVDD_STEP = 50, THERE_AFTER = 3, ALL_BLOCKS = 0x1fffffff, QSPI_BLOCKS = 1 << 10 | 1 << 7 };
/* Until a rise of the voltage is there. Assumed: the data sheet has no figure, the SDK waits 1 ms. */
enum { RISE_NANOSECONDS = 500000 };

/* Blocks and their bit in RESETS. Those that are not here are never in reset. */
static const struct {
  uint32_t base, bit;
  const char *in_reset;
} blocks[] = {
    {0x40008000, 1 << 20, "SYSCFG used in reset (RESETS)"},
    {0x40028000, 1 << 6, "IO_BANK0 used in reset (RESETS)"},
    {0x40038000, 1 << 9, "PADS_BANK0 used in reset (RESETS)"},
    {0x40050000, 1 << 14, "PLL_SYS used in reset (RESETS)"},
    {0x40058000, 1 << 15, "PLL_USB used in reset (RESETS)"},
    {0x40070000, 1 << 26, "UART0 used in reset (RESETS)"},
    {0x400b0000, 1 << 23, "TIMER0 used in reset (RESETS)"},
};
enum { BLOCK_BYTES = 0x8000, TIMER0 = 1 << 23, UART0 = 1 << 26 };

static struct {
  uint32_t control, vsel, before, bod;
  unsigned delay;
  uint64_t since;
} vreg;
static uint32_t in_reset, done, watchdog_selects, memories_off;
static unsigned done_delay;

static uint32_t millivolts_of(uint32_t vsel) {
  return 550 + DVDD_STEP * vsel;
}

static uint32_t brown_out_of(uint32_t bod) {
  return (bod & 1) != 0 ? 473 + 43 * (bod >> 4 & 31) : 0;
}

void rp_power_reset(bool all) {
  if (all) {
    vreg.control = 0x8050;
    vreg.vsel = 11;
    vreg.bod = 0xb1;
    vreg.delay = 0;
  }
  vreg.before = vreg.vsel;
  vreg.since = 0;
  in_reset = ALL_BLOCKS & ~(uint32_t)QSPI_BLOCKS;
  done = QSPI_BLOCKS;
  watchdog_selects = memories_off = 0;
  done_delay = 0;
}

/** While it rises: what it was before. */
uint32_t rp_millivolts(void) {
  bool rising = vreg.vsel > vreg.before && rp_chip.machine->nanoseconds() - vreg.since < RISE_NANOSECONDS;
  return millivolts_of(rising ? vreg.before : vreg.vsel);
}

bool rp_watchdog_resets_system(void) {
  return watchdog_selects != 0;
}

void rp_need_released(uint32_t address) {
  for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    if (address - blocks[i].base < BLOCK_BYTES && (done & blocks[i].bit) == 0) rp_broken(blocks[i].in_reset, address);
  }
}

static uint32_t read_done(void) {
  if (done_delay != 0 && --done_delay == 0) done = ALL_BLOCKS & ~in_reset;
  return done;
}

static uint32_t read_vreg(void) {
  if (vreg.delay != 0) vreg.delay--;
  return vreg.vsel << 4 | (vreg.delay != 0 ? UPDATING : 0);
}

bool rp_power_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case POWMAN + VREG_CTRL: *value = vreg.control; return true;
    case POWMAN + VREG_STS: *value = rp_millivolts() == millivolts_of(vreg.vsel) ? VOUT_OK : 0; return true;
    case POWMAN + VREG: *value = read_vreg(); return true;
    case POWMAN + BOD: *value = vreg.bod; return true;
    case RESETS: *value = in_reset; return true;
    case RESETS + 8: *value = read_done(); return true;
    case PSM + 8: *value = watchdog_selects; return true;
    case SYSCFG + 0x10: *value = memories_off; return true;
    default: return false;
  }
}

static void write_vreg(uint32_t value) {
  uint32_t vsel = value >> 4 & 31;
  if ((vreg.control & UNLOCK) == 0) rp_broken("VREG written before VREG_CTRL.UNLOCK", POWMAN + VREG);
  if (vreg.delay != 0) rp_broken("VREG written while UPDATE_IN_PROGRESS: it is ignored", POWMAN + VREG);
  if ((value & 2) != 0) rp_broken("the core's regulator switched to high impedance", POWMAN + VREG);
  if (millivolts_of(vsel) > DVDD_MAX_MILLIVOLTS) rp_broken("core voltage above DVDD's 1.16 V", POWMAN + VREG);
  if (millivolts_of(vsel) <= brown_out_of(vreg.bod)) rp_broken("core voltage below the brown-out detector, which resets the chip", POWMAN + VREG);
  if (vsel == vreg.vsel) return;
  vreg.before = (rp_millivolts() - 550) / DVDD_STEP;
  vreg.vsel = vsel;
  vreg.delay = THERE_AFTER;
  vreg.since = rp_chip.machine->nanoseconds();
  rp_check_speed();
}

static void write_bod(uint32_t value) {
  if (brown_out_of(value) >= rp_millivolts()) rp_broken("brown-out detector set above the core voltage: it resets the chip", POWMAN + BOD);
  vreg.bod = value & 0x1f1;
}

static bool write_powman(uint32_t address, uint32_t value) {
  if (value >> 16 != PASSWORD) rp_broken("POWMAN written without its password 0x5AFE", address);
  value &= 0xffff;
  switch ((address & ~(uint32_t)ALIASES) - POWMAN) {
    case VREG_CTRL:
      value = rp_changed(vreg.control, address, value);
      if ((value & 0x8000) == 0) rp_broken("the core's regulator put into reset", address);
      if ((value & 0x100) != 0) rp_broken("the limit of the core voltage disabled", address);
      vreg.control = value;
      return true;
    case VREG: write_vreg(rp_changed(vreg.vsel << 4, address, value)); return true;
    case BOD: write_bod(rp_changed(vreg.bod, address, value)); return true;
    default: return false;
  }
}

static void write_resets(uint32_t value) {
  uint32_t entered = value & ~in_reset;
  in_reset = value & ALL_BLOCKS;
  done &= ~in_reset;
  done_delay = THERE_AFTER;
  if ((entered & TIMER0) != 0) rp_timer_block_reset();
  if ((entered & UART0) != 0) rp_uart_reset();
}

/** Banks 0 to 3 share the first 256 KB, 4 to 7 the second; 8 and 9 have 4 KB each. */
static void write_memories(uint32_t value) {
  static const struct {
    uint32_t bits, address, bytes;
  } banks[] = {{0xf, RAM, 0x40000}, {0xf0, RAM + 0x40000, 0x40000}, {0x100, RAM + 0x80000, 0x1000}, {0x200, RAM + 0x81000, 0x1000}};
  for (unsigned i = 0; i < sizeof banks / sizeof banks[0]; i++) {
    bool goes = (value & ~memories_off & banks[i].bits) != 0;
    if (goes && rp_chip.machine->holds_data(banks[i].address, banks[i].bytes)) rp_broken("a bank of RAM that holds data powered down", SYSCFG + 0x10);
  }
  memories_off = value;
}

bool rp_power_write(uint32_t address, uint32_t value) {
  uint32_t at = address & ~(uint32_t)ALIASES;
  if (at - POWMAN < 0x1000) return write_powman(address, value);
  switch (at) {
    case RESETS: write_resets(rp_changed(in_reset, address, value)); return true;
    case PSM + 8: watchdog_selects = rp_changed(watchdog_selects, address, value); return true;
    case SYSCFG + 0x10: write_memories(rp_changed(memories_off, address, value)); return true;
    default: return false;
  }
}
