/* UART0: an Arm PL011 (DDI 0183) fed by clk_peri. What is sent leaves at once. */
#include <string.h>

#include "parts.h"

enum { BASE = 0x40070000, ALIASES = 0x3000, FIFO = 32, TX_PAD = 0, RX_PAD = 1, FUNCTION_UART = 2 };
enum { CR_UARTEN = 1, CR_TXE = 1 << 8, CR_RXE = 1 << 9, LCRH_FEN = 1 << 4 };
enum { INT_RX = 1 << 4, INT_TX = 1 << 5, INT_TIMEOUT = 1 << 6 };
enum { FR_RXFE = 1 << 4, FR_RXFF = 1 << 6, FR_TXFE = 1 << 7 };

static struct {
  uint32_t cr, lcrh, ibrd, fbrd, ifls, enabled, status;
  bool divisors_changed;
  uint8_t fifo[FIFO];
  unsigned first, used;
} uart;

void rp_uart_reset(void) {
  memset(&uart, 0, sizeof uart);
  uart.cr = 0x300;
  uart.ifls = 0x12;
}

bool rp_uart_is_on(void) {
  return (uart.cr & CR_UARTEN) != 0;
}

static unsigned capacity(void) {
  return (uart.lcrh & LCRH_FEN) != 0 ? FIFO : 1;
}

/** Bytes in the FIFO from which on it asks (IFLS.RXIFLSEL: 1/8, 1/4, 1/2, 3/4, 7/8). */
static unsigned level(void) {
  static const unsigned eighths[] = {1, 2, 4, 6, 7};
  unsigned chosen = uart.ifls >> 3 & 7;
  if (chosen > 4) rp_broken("no such FIFO level", BASE + 0x34);
  return capacity() == 1 ? 1 : FIFO / 8 * eighths[chosen];
}

static bool receives(void) {
  uint32_t needed = CR_UARTEN | CR_RXE;
  return (uart.cr & needed) == needed;
}

unsigned rp_uart_room(void) {
  return receives() ? capacity() - uart.used : FIFO;
}

unsigned rp_uart_unread(void) {
  return receives() ? uart.used : 0;
}

void rp_uart_receive(uint8_t byte) {
  if (!receives() || uart.used >= capacity()) return; /* a UART that is off hears nothing */
  uart.fifo[(uart.first + uart.used++) % FIFO] = byte;
  if (uart.used >= level()) uart.status |= INT_RX;
  uart.status |= INT_TIMEOUT; /* 32 bit times without another byte: at once here */
  rp_interrupts();
}

bool rp_uart_wants_interrupt(void) {
  return (uart.status & uart.enabled) != 0;
}

static uint32_t take(void) {
  if (uart.used == 0) return 0;
  uint8_t byte = uart.fifo[uart.first];
  uart.first = (uart.first + 1) % FIFO;
  uart.used--;
  if (uart.used < level()) uart.status &= ~(uint32_t)INT_RX;
  if (uart.used == 0) {
    uart.status &= ~(uint32_t)INT_TIMEOUT;
    rp_chip.machine->room();
  }
  return byte;
}

bool rp_uart_read(uint32_t address, uint32_t *value) {
  switch (address - BASE) {
    case 0x00: *value = take(); return true;
    case 0x04: *value = 0; return true;
    case 0x18: *value = FR_TXFE | (uart.used == 0 ? FR_RXFE : 0) | (uart.used == capacity() ? FR_RXFF : 0); return true;
    case 0x24: *value = uart.ibrd; return true;
    case 0x28: *value = uart.fbrd; return true;
    case 0x2c: *value = uart.lcrh; return true;
    case 0x30: *value = uart.cr; return true;
    case 0x34: *value = uart.ifls; return true;
    case 0x38: *value = uart.enabled; return true;
    case 0x3c: *value = uart.status; return true;
    case 0x40: *value = uart.status & uart.enabled; return true;
    default: return false;
  }
}

static void need_off(uint32_t address) {
  if (rp_uart_is_on()) rp_broken("UART0 configured while it is on", address);
}

static void write_cr(uint32_t value) {
  bool starts = !rp_uart_is_on() && (value & CR_UARTEN) != 0;
  uart.cr = value;
  if (!starts) return;
  uint32_t hertz = rp_peripheral_hertz();
  if (hertz == 0) rp_broken("UART0 started without clk_peri", BASE + 0x30);
  if ((uint64_t)hertz * 3 > (uint64_t)rp_system_hertz() * 5) rp_broken("clk_peri above 5/3 of clk_sys (PL011)", BASE + 0x30);
  if (uart.ibrd == 0) rp_broken("UART0 started without a divisor", BASE + 0x30);
  if (uart.divisors_changed) rp_broken("UART0 divisors that no write to LCR_H latched", BASE + 0x30);
  if ((value & CR_TXE) != 0 && !rp_pad_serves(TX_PAD, FUNCTION_UART)) rp_broken("GP0 is not UART0's output (function 2, not isolated)", BASE + 0x30);
  bool hears = rp_pad_serves(RX_PAD, FUNCTION_UART) && rp_pad_hears(RX_PAD);
  if ((value & CR_RXE) != 0 && !hears) rp_broken("GP1 is not UART0's input (function 2, not isolated, input enabled)", BASE + 0x30);
}

static void send(uint32_t value) {
  uint32_t needed = CR_UARTEN | CR_TXE;
  if ((uart.cr & needed) != needed) rp_broken("a byte written into a transmitter that is off", BASE);
  rp_chip.machine->send((uint8_t)value);
  uart.status |= INT_TX;
}

bool rp_uart_write(uint32_t address, uint32_t value) {
  uint32_t offset = (address & ~(uint32_t)ALIASES) - BASE;
  switch (offset) {
    case 0x00: send(value); return true;
    case 0x04: return true;
    case 0x24: case 0x28:
      need_off(address);
      if (offset == 0x24) uart.ibrd = value & 0xffff;
      else uart.fbrd = value & 63;
      uart.divisors_changed = true;
      return true;
    case 0x2c:
      need_off(address);
      uart.lcrh = value;
      uart.divisors_changed = false;
      return true;
    case 0x30: write_cr(rp_changed(uart.cr, address, value)); return true;
    case 0x34: uart.ifls = value; return true;
    case 0x38: uart.enabled = rp_changed(uart.enabled, address, value); return true;
    case 0x44: uart.status &= ~value; return true;
    default: return false;
  }
}
