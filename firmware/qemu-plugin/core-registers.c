/* Registers of the core that QEMU 7.2 lacks (DWT) or that the chip must see: SCR for the depth of sleep, AIRCR for restarts. */
#include "chip.h"

enum { SLEEPDEEP = 1 << 2, TRCENA = 1 << 24, CYCCNTENA = 1, SYSRESETREQ = 1 << 2 };

static const struct chip_machine *machine;
static unsigned software_reset;
static struct {
  uint32_t scr, demcr, control, count;
  uint64_t since;
} core;

void core_init(const struct chip_machine *around, unsigned reason) {
  machine = around;
  software_reset = reason;
}

void core_reset(void) {
  core.scr = core.demcr = core.control = core.count = 0;
  core.since = 0;
}

static uint32_t cycles(void) {
  return core.count + ((core.control & CYCCNTENA) != 0 ? (uint32_t)(machine->cycles() - core.since) : 0);
}

static void settle(void) {
  core.count = cycles();
  core.since = machine->cycles();
}

bool core_sleeps_deep(void) {
  return (core.scr & SLEEPDEEP) != 0;
}

static void need_trace(uint32_t address) {
  if ((core.demcr & TRCENA) == 0) machine->broken("DWT used without DEMCR.TRCENA", address);
}

bool core_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case CHIP_SCR: *value = core.scr; return true;
    case CHIP_DEMCR: *value = core.demcr; return true;
    case CHIP_AIRCR: *value = 0xfa050000; return true;
    case CHIP_DWT: *value = core.control; return true;
    case CHIP_DWT + 4:
      need_trace(address);
      *value = cycles();
      return true;
    default: return false;
  }
}

bool core_write(uint32_t address, uint32_t value) {
  switch (address) {
    case CHIP_SCR: core.scr = value; return true;
    case CHIP_DEMCR: core.demcr = value; return true;
    case CHIP_AIRCR:
      if (value >> 16 == 0x05fa && (value & SYSRESETREQ) != 0) machine->restart(software_reset);
      return true;
    case CHIP_DWT:
      need_trace(address);
      settle();
      core.control = value;
      return true;
    case CHIP_DWT + 4:
      need_trace(address);
      core.count = value;
      core.since = machine->cycles();
      return true;
    default: return false;
  }
}
