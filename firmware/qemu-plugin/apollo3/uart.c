/* UART0: an Arm PL011 with Ambiq's clock bits, in the power domain HCPA. */
#include "../pl011.h"
#include "parts.h"

enum { BASE = 0x4001c000, BYTES = 0x1000, CR_CLKEN = 1 << 3, CR_CLKSEL = 7 << 4, CLKSEL_LAST = 4 << 4, TX_PAD = 48, RX_PAD = 49 };

static struct pl011 uart;

static void need_clock(uint32_t address) {
  uint32_t chosen = uart.cr & CR_CLKSEL;
  bool clocked = (uart.cr & CR_CLKEN) != 0 && chosen != 0 && chosen <= CLKSEL_LAST;
  if (!clocked) chip_broken("UART0 configured without its clock (CR.CLKEN, CR.CLKSEL)", address);
}

static void controlled(uint32_t cr, bool starts, uint32_t address) {
  if ((cr & PL011_CR_UARTEN) != 0) need_clock(address);
  if (!starts) return;
  bool sends = pads_function(TX_PAD) == 0, hears = pads_function(RX_PAD) == 0 && pads_input(RX_PAD);
  if ((cr & PL011_CR_TXE) != 0 && !sends) chip_broken("pad 48 is not UART0's output", address);
  if ((cr & PL011_CR_RXE) != 0 && !hears) chip_broken("pad 49 is not UART0's input (function 0, input enabled)", address);
}

static bool powered(void) {
  return (memory_domains() & DOMAIN_HCPA) != 0;
}

static struct pl011 uart = {.base = BASE, .changed = chip_interrupts, .configured = need_clock, .controlled = controlled, .powered = powered};

void uart_reset(void) {
  pl011_reset(&uart, chip.machine);
}

unsigned uart_room(void) {
  return pl011_room(&uart);
}

unsigned uart_unread(void) {
  return pl011_unread(&uart);
}

void uart_receive(uint8_t byte) {
  pl011_receive(&uart, byte);
}

bool uart_wants_interrupt(void) {
  return pl011_wants_interrupt(&uart);
}

bool uart_read(uint32_t address, uint32_t *value) {
  return address - BASE < BYTES && pl011_read(&uart, address - BASE, value);
}

bool uart_write(uint32_t address, uint32_t value) {
  return address - BASE < BYTES && pl011_write(&uart, address - BASE, value);
}
