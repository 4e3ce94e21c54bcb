/* IO_BANK0, PADS_BANK0 and the GPIO of SIO. */
#include <string.h>

#include "parts.h"

enum { IO = 0x40028000, PADS = 0x40038000, SIO = 0xd0000000, ALIASES = 0x3000, PAD_COUNT = 30, STRAP = 5 };
enum { FUNCTION_SIO = 5, FUNCTION_NONE = 31, ISOLATED = 1 << 8, OUTPUT_DISABLE = 1 << 7, INPUT_ENABLE = 1 << 6, AFTER_RESET = 0x116 };

static struct {
  uint32_t function[PAD_COUNT], pad[PAD_COUNT], out, enable;
} pads;

void rp_pads_reset(void) {
  memset(&pads, 0, sizeof pads);
  for (unsigned i = 0; i < PAD_COUNT; i++) {
    pads.function[i] = FUNCTION_NONE;
    pads.pad[i] = AFTER_RESET;
  }
  rp_chip.machine->pads(0);
}

bool rp_pad_serves(unsigned pad, unsigned function) {
  return (pads.function[pad] & 31) == function && (pads.pad[pad] & ISOLATED) == 0;
}

bool rp_pad_hears(unsigned pad) {
  return (pads.pad[pad] & INPUT_ENABLE) != 0;
}

static bool drives(unsigned pad) {
  return rp_pad_serves(pad, FUNCTION_SIO) && (pads.pad[pad] & OUTPUT_DISABLE) == 0 && (pads.enable & 1u << pad) != 0;
}

static void tell(void) {
  uint32_t levels = 0;
  for (unsigned i = 0; i < PAD_COUNT; i++) {
    if (drives(i)) levels |= pads.out & 1u << i;
  }
  rp_chip.machine->pads(levels);
}

/** A pad that is neither an output nor SIO's may be prepared. One that is half of it shows nothing outside, and that is a mistake. */
static void drive(uint32_t value, uint32_t address) {
  uint32_t raised = value & ~pads.out;
  for (unsigned i = 0; i < PAD_COUNT; i++) {
    bool sio = (pads.function[i] & 31) == FUNCTION_SIO, output = (pads.enable & 1u << i) != 0;
    if ((raised & 1u << i) == 0 || drives(i) || (!sio && !output) || (sio && !output && (pads.pad[i] & ISOLATED) != 0)) continue;
    if (sio && output && (pads.pad[i] & ISOLATED) != 0) rp_broken("a GPIO raised whose pad is isolated", address);
    rp_broken("a GPIO raised that is no output of SIO", address);
  }
  pads.out = value;
  tell();
}

static uint32_t inputs(void) {
  uint32_t levels = 0;
  for (unsigned i = 0; i < PAD_COUNT; i++) {
    bool high = drives(i) ? (pads.out & 1u << i) != 0 : (pads.pad[i] & 8) != 0;
    if (i == STRAP && rp_chip.machine->strap()) high = false;
    if (high && rp_pad_hears(i)) levels |= 1u << i;
  }
  return levels;
}

bool rp_pads_read(uint32_t address, uint32_t *value) {
  if (address - IO < 8 * PAD_COUNT && (address & 4) != 0) {
    *value = pads.function[(address - IO) / 8];
    return true;
  }
  if (address - PADS - 4 < 4 * PAD_COUNT) {
    *value = pads.pad[(address - PADS - 4) / 4];
    return true;
  }
  switch (address - SIO) {
    case 0x0: *value = 0; return true;
    case 0x4: *value = inputs(); return true;
    case 0x10: *value = pads.out; return true;
    case 0x30: *value = pads.enable; return true;
    default: return false;
  }
}

static void write_pad(unsigned pad, uint32_t value, uint32_t address) {
  bool opens = (pads.pad[pad] & ~value & ISOLATED) != 0;
  if (opens && (pads.function[pad] & 31) == FUNCTION_NONE) rp_broken("a pad's isolation removed before its function is chosen", address);
  pads.pad[pad] = value & 0x1ff;
  tell();
}

bool rp_pads_write(uint32_t address, uint32_t value) {
  uint32_t at = address & ~(uint32_t)ALIASES;
  if (at - IO < 8 * PAD_COUNT && (at & 4) != 0) {
    unsigned pad = (at - IO) / 8;
    pads.function[pad] = rp_changed(pads.function[pad], address, value);
    tell();
    return true;
  }
  if (at - PADS - 4 < 4 * PAD_COUNT) {
    unsigned pad = (at - PADS - 4) / 4;
    write_pad(pad, rp_changed(pads.pad[pad], address, value), address);
    return true;
  }
  switch (address - SIO) {
    case 0x10: drive(value, address); return true;
    case 0x18: drive(pads.out | value, address); return true;
    case 0x20: drive(pads.out & ~value, address); return true;
    case 0x28: drive(pads.out ^ value, address); return true;
    case 0x30: pads.enable = value; break;
    case 0x38: pads.enable |= value; break;
    case 0x40: pads.enable &= ~value; break;
    default: return false;
  }
  tell();
  return true;
}
