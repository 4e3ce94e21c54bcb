#include "pl011.h"

#include <string.h>

enum { LCRH_FEN = 1 << 4, INT_RX = 1 << 4, INT_TX = 1 << 5, INT_TIMEOUT = 1 << 6 };
enum { FR_RXFE = 1 << 4, FR_RXFF = 1 << 6, FR_TXFE = 1 << 7 };

void pl011_reset(struct pl011 *uart, const struct chip_machine *machine) {
  bool held = uart->used != 0;
  uart->machine = machine;
  uart->cr = PL011_CR_TXE | PL011_CR_RXE;
  uart->ifls = 0x12;
  uart->lcrh = uart->ibrd = uart->fbrd = uart->enabled = uart->status = 0;
  uart->divisors_changed = false;
  uart->first = uart->used = 0;
  if (held) machine->room();
}

static bool has_power(const struct pl011 *uart) {
  return uart->powered == NULL || uart->powered();
}

static unsigned capacity(const struct pl011 *uart) {
  return (uart->lcrh & LCRH_FEN) != 0 ? PL011_FIFO : 1;
}

/** Bytes in the FIFO from which on it asks (IFLS.RXIFLSEL: 1/8, 1/4, 1/2, 3/4, 7/8). */
static unsigned level(const struct pl011 *uart) {
  static const unsigned eighths[] = {1, 2, 4, 6, 7};
  unsigned chosen = uart->ifls >> 3 & 7;
  if (chosen > 4) uart->machine->broken("no such FIFO level", uart->base + 0x34);
  return capacity(uart) == 1 ? 1 : PL011_FIFO / 8 * eighths[chosen];
}

bool pl011_is_on(const struct pl011 *uart) {
  return (uart->cr & PL011_CR_UARTEN) != 0;
}

static bool receives(const struct pl011 *uart) {
  uint32_t needed = PL011_CR_UARTEN | PL011_CR_RXE;
  return (uart->cr & needed) == needed && has_power(uart);
}

unsigned pl011_room(const struct pl011 *uart) {
  return receives(uart) ? capacity(uart) - uart->used : PL011_FIFO;
}

unsigned pl011_unread(const struct pl011 *uart) {
  return receives(uart) ? uart->used : 0;
}

void pl011_receive(struct pl011 *uart, uint8_t byte) {
  if (!receives(uart) || uart->used >= capacity(uart)) return; /* a UART that is off hears nothing */
  uart->fifo[(uart->first + uart->used++) % PL011_FIFO] = byte;
  if (uart->used >= level(uart)) uart->status |= INT_RX;
  uart->status |= INT_TIMEOUT; /* 32 bit times without another byte: at once here */
  uart->changed();
}

bool pl011_wants_interrupt(const struct pl011 *uart) {
  return (uart->status & uart->enabled) != 0 && has_power(uart);
}

static uint32_t take(struct pl011 *uart) {
  if (uart->used == 0) return 0;
  bool was_full = uart->used == capacity(uart);
  uint8_t byte = uart->fifo[uart->first];
  uart->first = (uart->first + 1) % PL011_FIFO;
  uart->used--;
  if (uart->used < level(uart)) uart->status &= ~(uint32_t)INT_RX;
  if (uart->used == 0) uart->status &= ~(uint32_t)INT_TIMEOUT;
  /* Whoever has more for a full one waits to be told. */
  if (uart->used == 0 || was_full) uart->machine->room();
  return byte;
}

bool pl011_read(struct pl011 *uart, uint32_t offset, uint32_t *value) {
  switch (offset) {
    case 0x00: *value = take(uart); return true;
    case 0x04: *value = 0; return true;
    case 0x18: *value = FR_TXFE | (uart->used == 0 ? FR_RXFE : 0) | (uart->used == capacity(uart) ? FR_RXFF : 0); return true;
    case 0x24: *value = uart->ibrd; return true;
    case 0x28: *value = uart->fbrd; return true;
    case 0x2c: *value = uart->lcrh; return true;
    case PL011_CR: *value = uart->cr; return true;
    case 0x34: *value = uart->ifls; return true;
    case PL011_IMSC: *value = uart->enabled; return true;
    case 0x3c: *value = uart->status; return true;
    case 0x40: *value = uart->status & uart->enabled; return true;
    default: return false;
  }
}

static void need_off(const struct pl011 *uart, uint32_t offset) {
  if (uart->configured != NULL) uart->configured(uart->base + offset);
  if (pl011_is_on(uart)) uart->machine->broken("UART0 configured while it is on", uart->base + offset);
}

static void write_cr(struct pl011 *uart, uint32_t value) {
  uint32_t address = uart->base + PL011_CR;
  bool starts = !pl011_is_on(uart) && (value & PL011_CR_UARTEN) != 0;
  uart->cr = value;
  uart->controlled(value, starts, address);
  if (!starts) return;
  if (uart->ibrd == 0) uart->machine->broken("UART0 started without a divisor", address);
  if (uart->divisors_changed) uart->machine->broken("UART0 divisors that no write to LCR_H latched", address);
}

static void send(struct pl011 *uart, uint32_t value) {
  uint32_t needed = PL011_CR_UARTEN | PL011_CR_TXE;
  if ((uart->cr & needed) != needed) uart->machine->broken("a byte written into a transmitter that is off", uart->base);
  uart->machine->send((uint8_t)value);
  uart->status |= INT_TX;
}

bool pl011_write(struct pl011 *uart, uint32_t offset, uint32_t value) {
  switch (offset) {
    case 0x00: send(uart, value); return true;
    case 0x04: return true;
    case 0x24: case 0x28:
      need_off(uart, offset);
      if (offset == 0x24) uart->ibrd = value & 0xffff;
      else uart->fbrd = value & 63;
      uart->divisors_changed = true;
      return true;
    case 0x2c:
      need_off(uart, offset);
      uart->lcrh = value;
      uart->divisors_changed = false;
      return true;
    case PL011_CR: write_cr(uart, value); return true;
    case 0x34: uart->ifls = value; return true;
    case PL011_IMSC: uart->enabled = value; return true;
    case 0x44: uart->status &= ~value; return true;
    default: return false;
  }
}
