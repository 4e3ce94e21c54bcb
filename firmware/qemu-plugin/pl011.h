/*
 * Arm PL011 UART (DDI 0183) as a part of a modelled chip: receive FIFO, interrupts, and what software must keep. What is sent leaves at once. Clock, pads
 * and power are the chip's matter.
 */
#ifndef LITTLEFIRST_PL011_H
#define LITTLEFIRST_PL011_H

#include "chip.h"

enum { PL011_FIFO = 32, PL011_CR = 0x30, PL011_IMSC = 0x38 };
enum { PL011_CR_UARTEN = 1, PL011_CR_TXE = 1 << 8, PL011_CR_RXE = 1 << 9 };

struct pl011 {
  uint32_t base;
  /* Called at each change of what it asks for. */
  void (*changed)(void);
  /* Before its dividers and format are written. NULL: nothing is asked. */
  void (*configured)(uint32_t address);
  /* After each write to CR; `starts`: it goes on with it. */
  void (*controlled)(uint32_t cr, bool starts, uint32_t address);
  /* Whether it has power. NULL: always. */
  bool (*powered)(void);

  const struct chip_machine *machine;
  uint32_t cr, lcrh, ibrd, fbrd, ifls, enabled, status;
  bool divisors_changed;
  uint8_t fifo[PL011_FIFO];
  unsigned first, used;
};

void pl011_reset(struct pl011 *uart, const struct chip_machine *machine);
/* By offset of the register; false for one that there is not. */
bool pl011_read(struct pl011 *uart, uint32_t offset, uint32_t *value);
bool pl011_write(struct pl011 *uart, uint32_t offset, uint32_t value);
bool pl011_is_on(const struct pl011 *uart);
bool pl011_wants_interrupt(const struct pl011 *uart);
/* As in `chip_model`. */
unsigned pl011_room(const struct pl011 *uart);
void pl011_receive(struct pl011 *uart, uint8_t byte);
unsigned pl011_unread(const struct pl011 *uart);

#endif
