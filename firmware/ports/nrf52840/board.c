/**
 * Nordic's nRF52840-DK (PCA10056): UART0 on P0.06 (out) and P0.08 (in), the J-Link's USB serial port; markers on P0.03 (bit 0) and P0.04 (bit 1), A0 and
 * A1 of the Arduino header. The UART without EasyDMA: an event and a register for each byte, so that none waits in RAM uncounted.
 */
#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "power.h"
#include "registers.h"
#include "timer.h"

enum { PIN_MARKER0 = 3, PIN_MARKER1 = 4, PIN_TX = 6, PIN_RX = 8 };
enum { FIRST_BAUD = 115200 };
enum { FLASH_BYTES = 1024 * 1024, RAM_BYTES = 256 * 1024 };

_Static_assert(PIN_MARKER1 == PIN_MARKER0 + 1, "one store drives both markers");

const struct port_facts port_facts = {
    .board = "nrf52840",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_BYTES - PORT_BLOB_ADDRESS,
    .cycle_counter = true,
};

/* ---- start ---- */

static void init_pins(void) {
  REGISTER(P0_OUTSET) = 1u << PIN_TX; /* idle is high, also while the UART is off */
  REGISTER(P0_PIN_CNF(PIN_TX)) = CNF_OUTPUT;
  REGISTER(P0_PIN_CNF(PIN_RX)) = CNF_INPUT_PULL_UP;
  REGISTER(P0_PIN_CNF(PIN_MARKER0)) = CNF_OUTPUT;
  REGISTER(P0_PIN_CNF(PIN_MARKER1)) = CNF_OUTPUT;
}

void port_init(void) {
  power_init();
  init_pins();
  timer_init();
  REGISTER(UART_PSEL_RTS) = PSEL_NONE;
  REGISTER(UART_PSEL_CTS) = PSEL_NONE;
  REGISTER(UART_PSEL_TXD) = PIN_TX;
  REGISTER(UART_PSEL_RXD) = PIN_RX;
  REGISTER(UART_CONFIG) = CONFIG_8N1;
  (void)port_uart_baud(FIRST_BAUD);
  cpu_enable_irq(UART0_IRQ);
}

bool port_energy_strap(void) {
  return false;
}

/* ---- UART ---- */

/** The rates that the chip knows, and what they are in truth (nrf52840.svd, UART0.BAUDRATE): 460800 and 921600 are 2.1 % off. */
static const struct {
  uint32_t baud, actual, code;
} rates[] = {
    {9600, 9598, 0x00275000u},   {19200, 19208, 0x004ea000u},    {38400, 38462, 0x009d5000u},    {57600, 57762, 0x00ebf000u},
    {115200, 115942, 0x01d7e000u}, {230400, 231884, 0x03afb000u}, {250000, 250000, 0x04000000u}, {1000000, 1000000, 0x10000000u},
};

/* A byte is in the transmitter, and nobody has taken its TXDRDY yet. Touched with interrupts masked. */
static bool sending;

static void start_uart(uint32_t code) {
  REGISTER(UART_INTENCLR) = INT_RXDRDY | INT_TXDRDY;
  REGISTER(UART_ENABLE) = UART_DISABLED; /* nothing can be changed before */
  REGISTER(UART_BAUDRATE) = code;
  REGISTER(UART_ENABLE) = UART_ENABLED;
  REGISTER(UART_RXDRDY) = CLEAR_EVENT;
  REGISTER(UART_TXDRDY) = CLEAR_EVENT;
  REGISTER(UART_INTENSET) = INT_RXDRDY | INT_TXDRDY;
  REGISTER(UART_STARTTX) = TRIGGER;
  REGISTER(UART_STARTRX) = TRIGGER;
}

bool port_uart_baud(uint32_t baud) {
  for (uint32_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    if (rates[i].baud != baud) continue;
    while (!port_uart_idle()) {
    }
    start_uart(rates[i].code);
    return true;
  }
  return false;
}

/** Sends the next byte, if the transmitter is free and there is one. Interrupts masked. */
static void send_next(void) {
  if (sending) {
    if (REGISTER(UART_TXDRDY) == 0) return;
    REGISTER(UART_TXDRDY) = CLEAR_EVENT;
    sending = false;
  }
  int byte = link_next_byte();
  if (byte < 0) return;
  sending = true;
  REGISTER(UART_TXD) = (uint32_t)byte;
}

void port_uart_kick(void) {
  uint32_t mask = cpu_mask_interrupts();
  send_next();
  cpu_restore_interrupts(mask);
}

bool port_uart_idle(void) {
  uint32_t mask = cpu_mask_interrupts();
  if (sending) send_next();
  bool idle = !sending;
  cpu_restore_interrupts(mask);
  return idle;
}

static void await_sent(void) {
  while (sending && REGISTER(UART_TXDRDY) == 0) {
  }
}

void port_uart_put_polled(uint8_t byte) {
  await_sent();
  REGISTER(UART_TXDRDY) = CLEAR_EVENT;
  sending = true;
  REGISTER(UART_TXD) = byte;
  await_sent(); /* a restart follows the last one */
}

/** The event is cleared before the byte is taken: taking it moves the next one into RXD, which is told by the same event. */
void uart_handler(void) {
  while (REGISTER(UART_RXDRDY) != 0) {
    REGISTER(UART_RXDRDY) = CLEAR_EVENT;
    link_receive((uint8_t)REGISTER(UART_RXD));
  }
  send_next();
  (void)REGISTER(UART_TXDRDY); /* brings the writes home before the handler ends */
}

/* ---- pins ---- */

/** No other pin of P0 is an output but the UART's, which stays high. */
void port_marker(enum marker state) {
  REGISTER(P0_OUT) = 1u << PIN_TX | (uint32_t)state << PIN_MARKER0;
}

void port_timestamp_line(bool high) {
  (void)high;
}

/* ---- cycle counter ---- */

void port_cycles_start(void) {
  REGISTER(DEMCR) |= DEMCR_TRCENA;
  REGISTER(DWT_CYCCNT) = 0;
  REGISTER(DWT_CTRL) |= DWT_CYCCNTENA;
}

uint32_t port_cycles_read(void) {
  return REGISTER(DWT_CYCCNT);
}

void port_cycles_stop(void) {
  REGISTER(DWT_CTRL) &= ~(uint32_t)DWT_CYCCNTENA;
}

/* ---- restart ---- */

/** The chip has no boot loader in ROM. */
void port_bootloader(void) {
}

_Noreturn void port_restart(void) {
  cpu_request_reset();
  for (;;) cpu_wait_for_interrupt();
}
