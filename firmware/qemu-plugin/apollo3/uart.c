/* UART0: an Arm PL011 (DDI 0183) with Ambiq's clock bits. What is sent leaves at once. */
#include <string.h>

#include "parts.h"

enum { FIFO = 32, TX_PAD = 48, RX_PAD = 49 };
enum { CR_UARTEN = 1, CR_CLKEN = 1 << 3, CR_CLKSEL = 7 << 4, CR_TXE = 1 << 8, CR_RXE = 1 << 9, LCRH_FEN = 1 << 4 };
enum { INT_RX = 1 << 4, INT_TX = 1 << 5, INT_TIMEOUT = 1 << 6 };
enum { FR_RXFE = 1 << 4, FR_RXFF = 1 << 6, FR_TXFE = 1 << 7 };

static struct {
  uint32_t cr, lcrh, ibrd, fbrd, ifls, enabled, status;
  bool divisors_changed;
  uint8_t fifo[FIFO];
  unsigned first, used;
} uart;

void uart_reset(void) {
  memset(&uart, 0, sizeof uart);
  uart.cr = 0x300;
  uart.ifls = 0x12;
}

static unsigned capacity(void) {
  return (uart.lcrh & LCRH_FEN) != 0 ? FIFO : 1;
}

/** Bytes in the FIFO from which on it asks (IFLS.RXIFLSEL: 1/8, 1/4, 1/2, 3/4, 7/8). */
static unsigned level(void) {
  static const unsigned eighths[] = {1, 2, 4, 6, 7};
  unsigned chosen = uart.ifls >> 3 & 7;
  if (chosen > 4) chip_broken("no such FIFO level", 0x4001c034);
  return capacity() == 1 ? 1 : FIFO / 8 * eighths[chosen];
}

static bool receives(void) {
  uint32_t needed = CR_UARTEN | CR_RXE;
  return (uart.cr & needed) == needed && (memory_domains() & DOMAIN_HCPA) != 0;
}

unsigned uart_room(void) {
  return receives() ? capacity() - uart.used : FIFO;
}

unsigned uart_unread(void) {
  return receives() ? uart.used : 0;
}

void uart_receive(uint8_t byte) {
  if (!receives() || uart.used >= capacity()) return; /* a UART that is off hears nothing */
  uart.fifo[(uart.first + uart.used++) % FIFO] = byte;
  if (uart.used >= level()) uart.status |= INT_RX;
  uart.status |= INT_TIMEOUT; /* 32 bit times without another byte: at once here */
  chip_interrupts();
}

bool uart_wants_interrupt(void) {
  return (uart.status & uart.enabled) != 0 && (memory_domains() & DOMAIN_HCPA) != 0;
}

static uint32_t take(void) {
  if (uart.used == 0) return 0;
  uint8_t byte = uart.fifo[uart.first];
  uart.first = (uart.first + 1) % FIFO;
  uart.used--;
  if (uart.used < level()) uart.status &= ~(uint32_t)INT_RX;
  if (uart.used == 0) {
    uart.status &= ~(uint32_t)INT_TIMEOUT;
    chip.machine->room();
  }
  return byte;
}

bool uart_read(uint32_t address, uint32_t *value) {
  switch (address) {
    case 0x4001c000: *value = take(); return true;
    case 0x4001c004: *value = 0; return true;
    case 0x4001c018: *value = FR_TXFE | (uart.used == 0 ? FR_RXFE : 0) | (uart.used == capacity() ? FR_RXFF : 0); return true;
    case 0x4001c024: *value = uart.ibrd; return true;
    case 0x4001c028: *value = uart.fbrd; return true;
    case 0x4001c02c: *value = uart.lcrh; return true;
    case 0x4001c030: *value = uart.cr; return true;
    case 0x4001c034: *value = uart.ifls; return true;
    case 0x4001c038: *value = uart.enabled; return true;
    case 0x4001c03c: *value = uart.status; return true;
    case 0x4001c040: *value = uart.status & uart.enabled; return true;
    default: return false;
  }
}

static void need_clock(uint32_t address) {
  bool clocked = (uart.cr & CR_CLKEN) != 0 && (uart.cr & CR_CLKSEL) != 0 && (uart.cr & CR_CLKSEL) <= 4 << 4;
  if (!clocked) chip_broken("UART0 configured without its clock (CR.CLKEN, CR.CLKSEL)", address);
}

static void need_off(uint32_t address) {
  need_clock(address);
  if ((uart.cr & CR_UARTEN) != 0) chip_broken("UART0 configured while it is on", address);
}

static void write_cr(uint32_t value) {
  bool starts = (uart.cr & CR_UARTEN) == 0 && (value & CR_UARTEN) != 0;
  uart.cr = value;
  if ((value & CR_UARTEN) != 0) need_clock(0x4001c030);
  if (!starts) return;
  if (uart.ibrd == 0) chip_broken("UART0 started without a divisor", 0x4001c030);
  if (uart.divisors_changed) chip_broken("UART0 divisors that no write to LCRH latched", 0x4001c030);
  bool sends = pads_function(TX_PAD) == 0, hears = pads_function(RX_PAD) == 0 && pads_input(RX_PAD);
  if ((value & CR_TXE) != 0 && !sends) chip_broken("pad 48 is not UART0's output", 0x4001c030);
  if ((value & CR_RXE) != 0 && !hears) chip_broken("pad 49 is not UART0's input (function 0, input enabled)", 0x4001c030);
}

static void send(uint32_t value) {
  uint32_t needed = CR_UARTEN | CR_TXE;
  if ((uart.cr & needed) != needed) chip_broken("a byte written into a transmitter that is off", 0x4001c000);
  chip.machine->send((uint8_t)value);
  uart.status |= INT_TX;
}

bool uart_write(uint32_t address, uint32_t value) {
  switch (address) {
    case 0x4001c000: send(value); return true;
    case 0x4001c004: return true;
    case 0x4001c024: case 0x4001c028:
      need_off(address);
      if (address == 0x4001c024) uart.ibrd = value & 0xffff;
      else uart.fbrd = value & 63;
      uart.divisors_changed = true;
      return true;
    case 0x4001c02c:
      need_off(address);
      uart.lcrh = value;
      uart.divisors_changed = false;
      return true;
    case 0x4001c030: write_cr(value); return true;
    case 0x4001c034: uart.ifls = value; return true;
    case 0x4001c038: uart.enabled = value; return true;
    case 0x4001c044: uart.status &= ~value; return true;
    default: return false;
  }
}
