/* UART0: an Arm PL011 fed by clk_peri. */
#include "../pl011.h"
#include "parts.h"

enum { BASE = 0x40070000, BYTES = 0x1000, ALIASES = 0x3000, TX_PAD = 0, RX_PAD = 1, FUNCTION_UART = 2 };

static void controlled(uint32_t cr, bool starts, uint32_t address) {
  if (!starts) return;
  uint32_t hertz = rp_peripheral_hertz();
  if (hertz == 0) rp_broken("UART0 started without clk_peri", address);
  if ((uint64_t)hertz * 3 > (uint64_t)rp_system_hertz() * 5) rp_broken("clk_peri above 5/3 of clk_sys (PL011)", address);
  if ((cr & PL011_CR_TXE) != 0 && !rp_pad_serves(TX_PAD, FUNCTION_UART)) rp_broken("GP0 is not UART0's output (function 2, not isolated)", address);
  bool hears = rp_pad_serves(RX_PAD, FUNCTION_UART) && rp_pad_hears(RX_PAD);
  if ((cr & PL011_CR_RXE) != 0 && !hears) rp_broken("GP1 is not UART0's input (function 2, not isolated, input enabled)", address);
}

static struct pl011 uart = {.base = BASE, .changed = rp_interrupts, .controlled = controlled};

void rp_uart_reset(void) {
  pl011_reset(&uart, rp_chip.machine);
}

bool rp_uart_is_on(void) {
  return pl011_is_on(&uart);
}

unsigned rp_uart_room(void) {
  return pl011_room(&uart);
}

unsigned rp_uart_unread(void) {
  return pl011_unread(&uart);
}

void rp_uart_receive(uint8_t byte) {
  pl011_receive(&uart, byte);
}

bool rp_uart_wants_interrupt(void) {
  return pl011_wants_interrupt(&uart);
}

bool rp_uart_read(uint32_t address, uint32_t *value) {
  return address - BASE < BYTES && pl011_read(&uart, address - BASE, value);
}

bool rp_uart_write(uint32_t address, uint32_t value) {
  uint32_t offset = (address & ~(uint32_t)ALIASES) - BASE, now;
  if (offset >= BYTES) return false;
  bool changes = offset == PL011_CR || offset == PL011_IMSC;
  if (changes && pl011_read(&uart, offset, &now)) value = rp_changed(now, address, value);
  return pl011_write(&uart, offset, value);
}
