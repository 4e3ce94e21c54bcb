/* UART0 without EasyDMA. A byte that is sent has left at the core's next access to a register other than TXD and its event, or when the core waits. */
#include <string.h>

#include "parts.h"

enum {
  BASE = 0x40002000,
  STARTRX = BASE,
  STOPRX = BASE + 0x4,
  STARTTX = BASE + 0x8,
  STOPTX = BASE + 0xc,
  SUSPEND = BASE + 0x1c,
  RXDRDY = BASE + 0x108,
  TXDRDY = BASE + 0x11c,
  INTENSET = BASE + 0x304,
  ENABLE = BASE + 0x500,
  PSEL_RTS = BASE + 0x508,
  PSEL_TXD = BASE + 0x50c,
  PSEL_CTS = BASE + 0x510,
  PSEL_RXD = BASE + 0x514,
  RXD = BASE + 0x518,
  TXD = BASE + 0x51c,
  BAUDRATE = BASE + 0x524,
  CONFIG = BASE + 0x56c,
};
enum { FIFO = 6, ENABLED = 4, INT_RXDRDY = 1 << 2, INT_TXDRDY = 1 << 7, FLOW_CONTROL = 1, PIN_MASK = 63 };
#define DISCONNECTED 0x80000000u

static struct {
  bool sends, hears, sending;
  uint8_t fifo[FIFO]; /* the first is in RXD */
  unsigned first, used;
} uart;

void nrf_uart_reset(void) {
  memset(&uart, 0, sizeof uart);
}

static bool enabled(void) {
  return *nrf_register(ENABLE) == ENABLED;
}

unsigned nrf_uart_room(void) {
  return uart.hears && enabled() ? FIFO - uart.used : FIFO;
}

unsigned nrf_uart_unread(void) {
  return uart.hears && enabled() ? uart.used : 0;
}

void nrf_uart_receive(uint8_t byte) {
  if (!uart.hears || !enabled() || uart.used == FIFO) return; /* a receiver that is off hears nothing */
  uart.fifo[(uart.first + uart.used++) % FIFO] = byte;
  if (uart.used == 1) *nrf_register(RXDRDY) = 1;
  nrf_interrupts();
}

bool nrf_uart_wants_interrupt(void) {
  uint32_t asked = *nrf_register(INTENSET);
  return ((asked & INT_RXDRDY) != 0 && *nrf_register(RXDRDY) != 0) || ((asked & INT_TXDRDY) != 0 && *nrf_register(TXDRDY) != 0);
}

void nrf_uart_pass(uint32_t address, bool written) {
  if (!uart.sending || address == TXD || (address == TXDRDY && written)) return;
  uart.sending = false;
  *nrf_register(TXDRDY) = 1;
}

/** Each byte that moves into RXD gives one event: cleared behind the read of RXD, the next byte's is lost. */
void nrf_uart_rest(void) {
  bool listens = uart.hears && enabled() && (*nrf_register(INTENSET) & INT_RXDRDY) != 0;
  if (listens && uart.used > 0) nrf_broken("the core waits over a byte in RXD whose EVENTS_RXDRDY was cleared", RXDRDY);
}

static void take(void) {
  if (uart.used == 0) nrf_broken("RXD read with no byte in it", RXD);
  *nrf_register(RXD) = uart.fifo[uart.first];
  uart.first = (uart.first + 1) % FIFO;
  if (--uart.used > 0) *nrf_register(RXDRDY) = 1;
  else nrf_machine->room();
}

static void need_pin(uint32_t select, bool output) {
  uint32_t pin = *nrf_register(select);
  bool connected = (pin & DISCONNECTED) == 0;
  if (!connected) nrf_broken("UART0 started with a pin that is not connected", select);
  if (output && !(nrf_gpio_is_output(pin & PIN_MASK) && nrf_gpio_is_high(pin & PIN_MASK)))
    nrf_broken("UART0's TXD pin is no GPIO output at high level, as it must be whenever the UART is off", select);
  if (!output && !nrf_gpio_is_input(pin & PIN_MASK)) nrf_broken("UART0's RXD pin is no GPIO input", select);
}

static void need_clock(uint32_t address) {
  if (!enabled()) nrf_broken("UART0 started while it is disabled", address);
  if (!nrf_crystal_runs()) nrf_broken("UART0 started on the RC oscillator: its rate is off by percents (CLOCK.TASKS_HFCLKSTART, HFCLKSTAT)", address);
}

static void task(uint32_t address) {
  if (address == STARTRX || address == STARTTX) need_clock(address);
  switch (address) {
    case STARTRX:
      need_pin(PSEL_RXD, false);
      uart.hears = true;
      break;
    case STARTTX:
      need_pin(PSEL_TXD, true);
      uart.sends = true;
      break;
    case STOPRX: uart.hears = false; break;
    case STOPTX: uart.sends = false; break;
    default: uart.hears = uart.sends = false; break;
  }
}

static void send(void) {
  if (!uart.sends || !enabled()) nrf_broken("a byte written into a transmitter that is off", TXD);
  if (uart.sending) nrf_broken("TXD written before EVENTS_TXDRDY told that the last byte is sent", TXD);
  nrf_machine->send((uint8_t)*nrf_register(TXD));
  uart.sending = true;
}

/** The rates that the SVD lists; what other values make, nobody says. */
static void check_rate(void) {
  static const uint32_t rates[] = {0x0004f000, 0x0009d000, 0x0013b000, 0x00275000, 0x003b0000, 0x004ea000, 0x0075f000, 0x00800000, 0x009d5000,
                                   0x00e50000, 0x00ebf000, 0x013a9000, 0x01d7e000, 0x03afb000, 0x04000000, 0x075f7000, 0x0ebed000, 0x10000000};
  for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    if (rates[i] == *nrf_register(BAUDRATE)) return;
  }
  nrf_broken("no such value of BAUDRATE", BAUDRATE);
}

static void written(uint32_t address) {
  bool is_pin = address >= PSEL_RTS && address <= PSEL_RXD;
  if ((is_pin || address == BAUDRATE || address == CONFIG) && *nrf_register(ENABLE) != 0) nrf_broken("UART0 configured while it is enabled", address);
  if (address == ENABLE && *nrf_register(ENABLE) == 8) nrf_broken("UARTE0, which the model does not have", address);
  if (address == ENABLE && *nrf_register(ENABLE) != 0 && !enabled()) nrf_broken("no such value of ENABLE", address);
  if (address == ENABLE && !enabled()) uart.sends = uart.hears = false;
  if (address == CONFIG && (*nrf_register(CONFIG) & FLOW_CONTROL) != 0) nrf_broken("flow control, which the model does not have", address);
  if (address == BAUDRATE) check_rate();
  if (address == TXD) send();
}

void nrf_uart_touch(enum touch touch, uint32_t address, uint32_t before) {
  (void)before;
  if (touch == TOUCH_TASK) task(address);
  else if (touch == TOUCH_WRITTEN) written(address);
  else if (address == RXD) take();
}
