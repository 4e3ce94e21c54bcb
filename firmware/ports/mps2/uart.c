/** CMSDK UARTs: a byte each way, no FIFO. Receives by interrupt, sends by polling. */
#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "uart.h"

/** The UARTs' clock is the main one (DAI 0385, "Clocks": 25 MHz). */
enum { CLOCK_HZ = 25000000, LEAST_DIVISOR = 16, MOST_DIVISOR = 0xfffff };

static void start(uint32_t base, uint32_t divisor) {
  REGISTER(base + UART_CTRL) = 0;
  REGISTER(base + UART_BAUDDIV) = divisor;
  REGISTER(base + UART_INTCLEAR) = UART_RX_CLEAR;
  REGISTER(base + UART_CTRL) = UART_TX_ON | UART_RX_ON | UART_RX_INTERRUPT;
}

bool port_uart_baud(uint32_t baud) {
  if (baud == 0) return false;
  uint32_t divisor = (CLOCK_HZ + baud / 2u) / baud;
  if (divisor < LEAST_DIVISOR || divisor > MOST_DIVISOR) return false;
  uint32_t actual = CLOCK_HZ / divisor, error = actual > baud ? actual - baud : baud - actual;
  if (error > baud / 50u) return false;
  start(UART0_BASE, divisor);
  start(UART1_BASE, divisor);
  return true;
}

/** QEMU's receivers keep what came before a reset. */
void uart_forget_received(void) {
  (void)REGISTER(UART0_BASE + UART_DATA);
  (void)REGISTER(UART1_BASE + UART_DATA);
}

static void put(uint8_t byte) {
  while ((REGISTER(UART0_BASE + UART_STATE) & UART_TX_FULL) != 0) {
  }
  REGISTER(UART0_BASE + UART_DATA) = byte;
}

void port_uart_kick(void) {
  uint32_t mask = cpu_mask_interrupts();
  for (int byte = link_next_byte(); byte >= 0; byte = link_next_byte()) put((uint8_t)byte);
  cpu_restore_interrupts(mask);
}

bool port_uart_idle(void) {
  return (REGISTER(UART0_BASE + UART_STATE) & UART_TX_FULL) == 0;
}

void port_uart_put_polled(uint8_t byte) {
  put(byte);
}

/** The interrupt is cleared before the byte is taken: taking it lets the next one in. */
static void receive(uint32_t base) {
  REGISTER(base + UART_INTCLEAR) = UART_RX_CLEAR;
  while ((REGISTER(base + UART_STATE) & UART_RX_FULL) != 0) {
    link_receive((uint8_t)REGISTER(base + UART_DATA));
  }
}

void uart0_handler(void) {
  receive(UART0_BASE);
}

void uart1_handler(void) {
  receive(UART1_BASE);
}
