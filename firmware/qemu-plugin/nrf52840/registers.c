/* Which registers there are, what they hold after a reset, and which bits software may write (SVD): what every part shares. */
#include <stddef.h>
#include <string.h>

#include "parts.h"

enum kind {
  TASK,      /* written with 1, never read */
  EVENT,     /* cleared by 0 */
  PLAIN,     /* read and written */
  FIXED,     /* read only */
  WRITTEN,   /* written only */
  CLEARED,   /* read, and cleared by ones */
  SETS,      /* ones are set in the register itself */
  CLEARS,    /* ones are cleared in the register one word below */
};

static const struct entry {
  uint32_t address, count, step;
  enum kind kind;
  uint32_t reset, mask;
} entries[] = {
    /* FICR and UICR of a chip on a DK: nRF52840-QIAA, third revision, access port open. */
    {0x10000010, 1, 0, FIXED, 0x1000, ~0u},
    {0x10000014, 1, 0, FIXED, 0x100, ~0u},
    {0x10000060, 2, 4, FIXED, 0x5eed1234, ~0u},
    {0x10000100, 1, 0, FIXED, 0x52840, ~0u},
    {0x10000104, 1, 0, FIXED, 0x41414630, ~0u},
    {0x10000108, 1, 0, FIXED, 0x2004, ~0u},
    {0x1000010c, 1, 0, FIXED, 0x100, ~0u},
    {0x10000110, 1, 0, FIXED, 0x400, ~0u},
    {0x10001200, 2, 4, FIXED, 0xffffffff, ~0u},
    {0x10001208, 1, 0, FIXED, 0xffffff5a, ~0u},
    {0x1000120c, 1, 0, FIXED, 0xffffffff, ~0u},
    {0x10001304, 1, 0, FIXED, 0xffffffff, ~0u},
    /* CLOCK, POWER, APPROTECT */
    {0x40000000, 7, 4, TASK, 0, 1},
    {0x40000078, 2, 4, TASK, 0, 1},
    {0x40000100, 10, 4, EVENT, 0, 1},
    {0x40000128, 2, 4, EVENT, 0, 1},
    {0x40000304, 1, 0, SETS, 0, 0xfff},
    {0x40000308, 1, 0, CLEARS, 0, 0xfff},
    {0x40000400, 1, 0, CLEARED, 0, 0x1f000f},
    {0x40000408, 2, 4, FIXED, 0, 0x10001},
    {0x40000414, 1, 0, FIXED, 0, 1},
    {0x40000418, 1, 0, FIXED, 0, 0x10003},
    {0x4000041c, 1, 0, FIXED, 0, 3},
    {0x40000438, 1, 0, FIXED, 0, 3},
    {0x40000500, 1, 0, WRITTEN, 0, 1},
    {0x40000510, 1, 0, PLAIN, 0, 0xf1f},
    {0x40000518, 1, 0, PLAIN, 0, 0x30003},
    {0x4000051c, 2, 4, PLAIN, 0, 0xff},
    {0x40000528, 1, 0, PLAIN, 0x10, 0xff},
    {0x40000550, 1, 0, PLAIN, 0xffffffff, ~0u},
    {0x40000558, 1, 0, PLAIN, 0, ~0u},
    {0x40000578, 1, 0, PLAIN, 0, 1},
    {0x40000580, 1, 0, PLAIN, 0, 1},
    {0x400005b4, 1, 0, PLAIN, 0, 0x10001},
    {0x40000640, 1, 0, FIXED, 0, 1},
    {0x40000900, 9, 16, PLAIN, 0xffff, ~0u},
    {0x40000904, 9, 16, WRITTEN, 0, ~0u},
    {0x40000908, 9, 16, WRITTEN, 0, ~0u},
    /* UART0 */
    {0x40002000, 4, 4, TASK, 0, 1},
    {0x4000201c, 1, 0, TASK, 0, 1},
    {0x40002100, 3, 4, EVENT, 0, 1},
    {0x4000211c, 1, 0, EVENT, 0, 1},
    {0x40002124, 1, 0, EVENT, 0, 1},
    {0x40002144, 1, 0, EVENT, 0, 1},
    {0x40002200, 1, 0, PLAIN, 0, 0x18},
    {0x40002304, 1, 0, SETS, 0, 0x20287},
    {0x40002308, 1, 0, CLEARS, 0, 0x20287},
    {0x40002480, 1, 0, CLEARED, 0, 0xf},
    {0x40002500, 1, 0, PLAIN, 0, 0xf},
    {0x40002508, 4, 4, PLAIN, 0xffffffff, ~0u},
    {0x40002518, 1, 0, FIXED, 0, 0xff},
    {0x4000251c, 1, 0, WRITTEN, 0, 0xff},
    {0x40002524, 1, 0, PLAIN, 0x04000000, ~0u},
    {0x4000256c, 1, 0, PLAIN, 0, 0x1f},
    /* TIMER0 */
    {0x40008000, 5, 4, TASK, 0, 1},
    {0x40008040, 6, 4, TASK, 0, 1},
    {0x40008140, 6, 4, EVENT, 0, 1},
    {0x40008200, 1, 0, PLAIN, 0, 0x3f3f},
    {0x40008304, 1, 0, SETS, 0, 0x3f0000},
    {0x40008308, 1, 0, CLEARS, 0, 0x3f0000},
    {0x40008504, 1, 0, PLAIN, 0, 3},
    {0x40008508, 1, 0, PLAIN, 0, 3},
    {0x40008510, 1, 0, PLAIN, 4, 0xf},
    {0x40008540, 6, 4, PLAIN, 0, ~0u},
    /* WDT */
    {0x40010000, 1, 0, TASK, 0, 1},
    {0x40010100, 1, 0, EVENT, 0, 1},
    {0x40010304, 1, 0, SETS, 0, 1},
    {0x40010308, 1, 0, CLEARS, 0, 1},
    {0x40010400, 1, 0, FIXED, 0, 1},
    {0x40010404, 1, 0, FIXED, 1, 0xff},
    {0x40010504, 1, 0, PLAIN, 0xffffffff, ~0u},
    {0x40010508, 1, 0, PLAIN, 1, 0xff},
    {0x4001050c, 1, 0, PLAIN, 1, 9},
    {0x40010600, 8, 4, WRITTEN, 0, ~0u},
    /* NVMC */
    {0x4001e400, 1, 0, FIXED, 1, 1},
    {0x4001e408, 1, 0, FIXED, 1, 1},
    {0x4001e504, 1, 0, PLAIN, 0, 3},
    {0x4001e540, 1, 0, PLAIN, 0, 0x101},
    {0x4001e548, 2, 4, PLAIN, 0, ~0u},
    /* P0, P1 */
    {0x50000504, 3, 4, PLAIN, 0, ~0u},
    {0x50000510, 1, 0, FIXED, 0, ~0u},
    {0x50000514, 3, 4, PLAIN, 0, ~0u},
    {0x50000520, 1, 0, CLEARED, 0, ~0u},
    {0x50000524, 1, 0, PLAIN, 0, 1},
    {0x50000700, 32, 4, PLAIN, 2, 0x3070f},
    {0x50000804, 3, 4, PLAIN, 0, ~0u},
    {0x50000810, 1, 0, FIXED, 0, ~0u},
    {0x50000814, 3, 4, PLAIN, 0, ~0u},
    {0x50000820, 1, 0, CLEARED, 0, ~0u},
    {0x50000824, 1, 0, PLAIN, 0, 1},
    {0x50000a00, 16, 4, PLAIN, 2, 0x3070f},
};
enum { ENTRY_COUNT = sizeof entries / sizeof entries[0], MOST_WORDS = 512 };
enum { WATCHDOG_BASE = 0x40010000, BLOCK_MASK = ~0xfff };
static uint32_t words[MOST_WORDS];

static const struct {
  uint32_t base, bytes;
  void (*touch)(enum touch touch, uint32_t address, uint32_t before);
} parts[] = {
    {0x40000000, 0x1000, nrf_power_touch},
    {0x40002000, 0x1000, nrf_uart_touch},
    {0x40008000, 0x1000, nrf_timer_touch},
    {WATCHDOG_BASE, 0x1000, nrf_watchdog_touch},
    {0x50000000, 0x1000, nrf_gpio_touch},
};

/** The entry of an address, and the register's word; NULL where there is none. */
static const struct entry *entry_of(uint32_t address, uint32_t **word) {
  uint32_t first = 0;
  for (int i = 0; i < ENTRY_COUNT; first += entries[i++].count) {
    const struct entry *entry = &entries[i];
    uint32_t offset = address - entry->address;
    if (entry->count == 1 ? offset != 0 : offset % entry->step != 0 || offset / entry->step >= entry->count) continue;
    *word = &words[first + (entry->count == 1 ? 0 : offset / entry->step)];
    return entry;
  }
  return NULL;
}

uint32_t *nrf_register(uint32_t address) {
  uint32_t *word = NULL;
  if (entry_of(address, &word) == NULL) nrf_broken("the model asked for a register that it does not have", address);
  return word;
}

void nrf_registers_reset(bool watchdog_too) {
  uint32_t first = 0;
  for (int i = 0; i < ENTRY_COUNT; first += entries[i++].count) {
    if (first + entries[i].count > MOST_WORDS) nrf_broken("the model has more registers than room for them", entries[i].address);
    if (!watchdog_too && (entries[i].address & BLOCK_MASK) == WATCHDOG_BASE) continue;
    for (uint32_t n = 0; n < entries[i].count; n++) words[first + n] = entries[i].reset;
  }
}

static void tell(enum touch touch, uint32_t address, uint32_t before) {
  for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (address - parts[i].base < parts[i].bytes) parts[i].touch(touch, address, before);
  }
}

uint32_t nrf_registers_read(uint32_t address) {
  uint32_t *word;
  const struct entry *entry = entry_of(address, &word);
  if (entry == NULL) nrf_broken("a register that the chip, or its model, does not have was read", address);
  if (entry->kind == TASK || entry->kind == WRITTEN) nrf_broken("a register that can only be written was read", address);
  tell(TOUCH_READ, address, *word);
  return entry->kind == CLEARS ? *nrf_register(address - 4) : *word;
}

void nrf_registers_write(uint32_t address, uint32_t value) {
  uint32_t *word;
  const struct entry *entry = entry_of(address, &word);
  if (entry == NULL) nrf_broken("a register that the chip, or its model, does not have was written", address);
  if (entry->kind == FIXED) nrf_broken("a register that can only be read was written", address);
  if (entry->kind == TASK && value != 1) nrf_broken("a task triggered by something else than 1", address);
  if (entry->kind == EVENT && value != 0) nrf_broken("an event written by software with something else than 0", address);
  if ((value & ~entry->mask) != 0) nrf_broken("bits written that the register does not have", address);
  uint32_t before = *word;
  switch (entry->kind) {
    case CLEARED: *word &= ~value; break;
    case SETS: *word |= value; break;
    case CLEARS: *nrf_register(address - 4) &= ~value; break;
    case TASK: break;
    default: *word = value; break;
  }
  tell(entry->kind == TASK ? TOUCH_TASK : TOUCH_WRITTEN, address, before);
}
