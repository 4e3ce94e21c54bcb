/** QEMU's lm3s6965evb: UART0, input by UART1 too, and for markers, levels and sleep the doorbell of the timing plugin. */
#include "board.h"

#include "cpu.h"
#include "doorbell.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "sysdiv.h"

enum { FIRST_BAUD = 115200, SYSDIV_50MHZ = 3 };
enum { FLASH_BYTES = 256 * 1024, RAM_BYTES = 64 * 1024 };

/* QEMU 7.2 has no DWT cycle counter; cycles come from the timing plugin. */
const struct port_facts port_facts = {
    .board = PORT_BOARD,
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_BYTES - PORT_BLOB_ADDRESS,
    .cycle_counter = false,
};

static uint32_t baud_rate;

/** QEMU's receivers keep what came before a reset. */
static void forget_received(uint32_t base) {
  while ((REGISTER(base + UART_FR) & UART_RXFE) == 0) (void)REGISTER(base + UART_DR);
}

void port_init(void) {
  REGISTER(RCGC1) |= RCGC1_UART0 | RCGC1_UART1;
  levels_set_sysdiv(SYSDIV_50MHZ);
  doorbell_ring(DOORBELL_MARKERS + MARKER_IDLE);
  (void)port_uart_baud(FIRST_BAUD);
  forget_received(UART0_BASE);
  forget_received(UART1_BASE);
  cpu_enable_irq(UART0_IRQ);
  cpu_enable_irq(UART1_IRQ);
}

bool port_energy_strap(void) {
  return doorbell_strap();
}

/* ---- UART ---- */

bool port_uart_baud(uint32_t baud) {
  uint32_t clock_hz = 1000000000u / levels_period_ns();
  if (!pl011_init(UART0_BASE, clock_hz, baud) || !pl011_init(UART1_BASE, clock_hz, baud)) return false;
  baud_rate = baud;
  return true;
}

bool levels_clock_uart(uint32_t sysdiv) {
  uint32_t before = levels_sysdiv();
  if (sysdiv == before) return true;
  while (!port_uart_idle()) {
  }
  levels_set_sysdiv(sysdiv);
  if (port_uart_baud(baud_rate)) return true;
  levels_set_sysdiv(before);
  return false;
}

void port_uart_kick(void) {
  pl011_kick(UART0_BASE);
}

bool port_uart_idle(void) {
  return pl011_idle(UART0_BASE);
}

void port_uart_put_polled(uint8_t byte) {
  pl011_put_polled(UART0_BASE, byte);
}

void uart0_handler(void) {
  pl011_interrupt(UART0_BASE);
}

/** Input only: nothing kicks this UART, so its transmit interrupt stays off. */
void uart1_handler(void) {
  pl011_interrupt(UART1_BASE);
}

/* ---- markers ---- */

void port_marker(enum marker state) {
  doorbell_ring(DOORBELL_MARKERS + (uint32_t)state);
}

void port_timestamp_line(bool high) {
  doorbell_pin(high);
}

/* ---- time and sleep ---- */

uint32_t port_micros(void) {
  return doorbell_micros();
}

void port_sleep(void) {
  cpu_wait_for_interrupt();
}

void port_idle_us(uint32_t microseconds) {
  doorbell_elapse(microseconds);
}

/* ---- no cycle counter, no boot loader ---- */

void port_cycles_start(void) {
}

uint32_t port_cycles_read(void) {
  return 0;
}

void port_cycles_stop(void) {
}

void port_bootloader(void) {
}

void port_restart(void) {
  cpu_request_reset();
  for (;;) cpu_wait_for_interrupt();
}
