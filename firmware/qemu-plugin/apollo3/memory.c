/* PWRCTRL: domains of the peripherals, memories, deep sleep. */
#include "parts.h"

enum { POWERED_AFTER = 3, DTCM_BITS = 3, SRAM_BITS = 10, FLASH_SHIFT = 13, KILOBYTE = 1024, BANK = 32 * KILOBYTE };

static struct {
  uint32_t devices, domains, memories, powered;
  unsigned device_delay, memory_delay;
} memory;

void memory_reset(void) {
  memory.devices = 0;
  memory.domains = 3; /* MCUL and MCUH */
  memory.memories = 0xc0007fff;
  memory.powered = 0x7fff;
  memory.device_delay = memory.memory_delay = 0;
}

/** Which domains DEVPWREN asks for (am_hal_pwrctrl.c, am_hal_pwrctrl_peripheral_control). */
static uint32_t wanted(uint32_t devices) {
  uint32_t domains = 3;
  if ((devices & (1 << 0 | 1 << 7 | 1 << 8 | 1 << 10)) != 0) domains |= DOMAIN_HCPA;
  if ((devices & 7 << 1) != 0) domains |= DOMAIN_HCPB;
  if ((devices & 7 << 4) != 0) domains |= DOMAIN_HCPC;
  if ((devices & 1 << 9) != 0) domains |= 1 << 5;
  if ((devices & 1 << 11) != 0) domains |= 1 << 6;
  if ((devices & 1 << 12) != 0) domains |= 1 << 7;
  if ((devices & 1 << 13) != 0) domains |= 1 << 8;
  return domains;
}

uint32_t memory_domains(void) {
  return memory.domains;
}

/** Where the memory of a bit of MEMPWREN and MEMPWDINSLEEP lies (SVD: groups of 8, 24 and 32 KB of DTCM, ten of 32 KB of SRAM). */
static void bank_of(unsigned bit, uint32_t *address, uint32_t *bytes) {
  static const uint32_t dtcm[] = {0, 8 * KILOBYTE, BANK, 2 * BANK};
  if (bit < DTCM_BITS) {
    *address = CHIP_RAM + dtcm[bit];
    *bytes = dtcm[bit + 1] - dtcm[bit];
  } else {
    *address = CHIP_RAM + 2 * BANK + (bit - DTCM_BITS) * BANK;
    *bytes = BANK;
  }
}

static void check_loss(uint32_t banks, const char *rule, uint32_t reg) {
  for (unsigned bit = 0; bit < DTCM_BITS + SRAM_BITS; bit++) {
    uint32_t address, bytes;
    bank_of(bit, &address, &bytes);
    if ((banks & 1u << bit) != 0 && chip.machine->holds_data(address, bytes)) chip_broken(rule, reg);
  }
}

bool memory_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case 0x40021004: *value = 1 | (chip_plain(0x40021000) & 1) << 1; return true; /* SIMO buck on */
    case 0x40021008: *value = memory.devices; return true;
    case 0x40021010: *value = memory.memories; return true;
    case 0x40021014:
      if (memory.memory_delay != 0 && --memory.memory_delay == 0) memory.powered = memory.memories & 0x7fff;
      *value = memory.powered;
      return true;
    case 0x40021018:
      if (memory.device_delay != 0 && --memory.device_delay == 0) memory.domains = wanted(memory.devices);
      *value = memory.domains;
      return true;
    default: return false;
  }
}

static void write_memories(uint32_t value) {
  uint32_t off = memory.memories & ~value;
  if ((off & 3u << FLASH_SHIFT) != 0) chip_broken("flash switched off under the program", 0x40021010);
  check_loss(off, "RAM that holds data switched off", 0x40021010);
  if (value != memory.memories) memory.memory_delay = POWERED_AFTER;
  memory.memories = value;
}

bool memory_write(uint32_t address, uint32_t value) {
  switch (address) {
    case 0x40021008:
      if (value != memory.devices) memory.device_delay = POWERED_AFTER;
      memory.devices = value;
      memory.domains &= wanted(value); /* off at once, on only when the status says so */
      return true;
    case 0x40021010: write_memories(value); return true;
    default: return false;
  }
}

void memory_deep_sleep(void) {
  if ((chip_plain(0x40020250) & 1) != 0) chip_broken("deep sleep with the TPIU on (MCUCTRL.TPIUCTRL.ENABLE)", 0x40020250);
  check_loss(chip_plain(0x4002100c), "deep sleep would lose RAM that holds data (MEMPWDINSLEEP)", 0x4002100c);
  chip.reset_status = 0; /* am_hal_sysctrl_sleep: the status is lost in deep sleep */
}
