/* GPIO: functions of the pads, behind their key, and what they drive. */
#include <string.h>

#include "parts.h"

enum { PAD_COUNT = 50, PADREGS = 13, CFGS = 7, PADKEY_VALUE = 0x73, FUNCTION_GPIO = 3, PUSH_PULL = 1, TRI_STATE = 3, BASE = 0x40010000 };

static struct {
  uint32_t key, padreg[PADREGS], cfg[CFGS], alternate[PADREGS], out[2], enable[2];
} pads;

void pads_reset(void) {
  memset(&pads, 0, sizeof pads);
  for (int i = 0; i < PADREGS; i++) pads.padreg[i] = 0x18181818;
  pads.padreg[5] = 0x18180202;
  pads.padreg[12] = 0x00001818;
  pads.cfg[2] = 0x00110000;
  chip.machine->pads(0);
}

unsigned pads_function(unsigned pad) {
  return pads.padreg[pad / 4] >> (pad % 4 * 8 + 3) & 7;
}

bool pads_input(unsigned pad) {
  return (pads.padreg[pad / 4] >> (pad % 4 * 8 + 1) & 1) != 0;
}

static bool drives(unsigned pad) {
  unsigned mode = pads.cfg[pad / 8] >> (pad % 8 * 4 + 1) & 3;
  bool enabled = mode == PUSH_PULL || (mode == TRI_STATE && (pads.enable[pad / 32] >> (pad % 32) & 1) != 0);
  return pads_function(pad) == FUNCTION_GPIO && enabled;
}

static void tell(void) {
  uint32_t levels = 0;
  for (unsigned pad = 0; pad < 32; pad++) {
    if (drives(pad)) levels |= pads.out[0] & 1u << pad;
  }
  chip.machine->pads(levels);
}

/** A pad that is set without being an output shows nothing outside. Clearing one is how software prepares it. */
static void drive(unsigned bank, uint32_t value, uint32_t address) {
  uint32_t raised = value & ~pads.out[bank];
  for (unsigned bit = 0; bit < 32; bit++) {
    unsigned pad = 32 * bank + bit;
    if ((raised & 1u << bit) == 0) continue;
    if (pad >= PAD_COUNT || !drives(pad)) chip_broken("a pad raised that is no GPIO output (PADREG function 3, CFG.OUTCFG)", address);
  }
  pads.out[bank] = value;
  tell();
}

static uint32_t *configuration(uint32_t offset) {
  if (offset < 4 * PADREGS) return &pads.padreg[offset / 4];
  if (offset - 0x40 < 4 * CFGS) return &pads.cfg[(offset - 0x40) / 4];
  if (offset - 0xe0 < 4 * PADREGS) return &pads.alternate[(offset - 0xe0) / 4];
  return 0;
}

bool pads_read(uint32_t address, uint32_t *value) {
  uint32_t offset = address - BASE, *at = offset < 0x400 ? configuration(offset) : 0;
  if (offset >= 0x400) return false;
  if (at != 0) {
    *value = *at;
    return true;
  }
  switch (offset) {
    case 0x60: *value = pads.key == PADKEY_VALUE; return true;
    case 0x80: case 0x84: *value = pads.out[(offset - 0x80) / 4]; return true;
    case 0x88: case 0x8c: *value = pads.out[(offset - 0x88) / 4]; return true;
    case 0xa0: case 0xa4: *value = pads.enable[(offset - 0xa0) / 4]; return true;
    default: return false;
  }
}

bool pads_write(uint32_t address, uint32_t value) {
  uint32_t offset = address - BASE, *at = offset < 0x400 ? configuration(offset) : 0;
  if (offset >= 0x400) return false;
  if (at != 0) {
    if (pads.key != PADKEY_VALUE) chip_broken("pad configured without the key 0x73 in PADKEY", address);
    *at = value;
    tell();
    return true;
  }
  unsigned bank = offset / 4 & 1;
  switch (offset) {
    case 0x60: pads.key = value; return true;
    case 0x88: case 0x8c: drive(bank, value, address); return true;
    case 0x90: case 0x94: drive(bank, pads.out[bank] | value, address); return true;
    case 0x98: case 0x9c: drive(bank, pads.out[bank] & ~value, address); return true;
    case 0xa0: case 0xa4: pads.enable[bank] = value; break;
    case 0xa8: case 0xac: pads.enable[bank] |= value; break;
    case 0xb4: case 0xb8: pads.enable[(offset - 0xb4) / 4] &= ~value; break;
    default: return false;
  }
  tell();
  return true;
}
