/** Raspberry Pi Pico: UART0 on GP0/GP1, markers on GP2 (bit 0) and GP3 (bit 1), time stamp on GP4, energy strap GP5, VBUS on GP24. */
#include "clocks.h"
#include "cpu.h"
#include "pico_board.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "sleep.h"
#include "usb.h"

enum { PIN_VBUS = 24 };
enum { FIRST_BAUD = 115200, FAST_BAUD = XOSC_HZ / 16 };
enum { FLASH_BYTES = 2 * 1024 * 1024, RAM_BYTES = 264 * 1024, FLASH_END = 0x10000000 + FLASH_BYTES };

const struct port_facts port_facts = {
    .board = "rp2040",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_END - PORT_BLOB_ADDRESS,
    .cycle_counter = true,
};

void port_init(void) {
  pico_release(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_PLL_SYS | RESET_PLL_USB | RESET_TIMER | RESET_UART0);
  clocks_init();
  pico_outputs();
  REGISTER(GPIO_CTRL(PIN_MARKER0)) = GPIO_FUNCTION_SIO;
  REGISTER(GPIO_CTRL(PIN_MARKER1)) = GPIO_FUNCTION_SIO;
  REGISTER(GPIO_CTRL(PIN_TIMESTAMP)) = GPIO_FUNCTION_SIO;
  REGISTER(PAD(PIN_ENERGY_STRAP)) = PAD_INPUT_ENABLE | PAD_PULL_UP | PAD_SCHMITT;
  REGISTER(GPIO_CTRL(PIN_ENERGY_STRAP)) = GPIO_FUNCTION_SIO;
  REGISTER(PAD(PIN_VBUS)) = PAD_INPUT_ENABLE | PAD_PULL_DOWN | PAD_SCHMITT;
  REGISTER(GPIO_CTRL(PIN_VBUS)) = GPIO_FUNCTION_SIO;
  REGISTER(GPIO_CTRL(PIN_TX)) = GPIO_FUNCTION_UART;
  REGISTER(GPIO_CTRL(PIN_RX)) = GPIO_FUNCTION_UART;
  bool usb = (REGISTER(SIO_GPIO_IN) & 1u << PIN_VBUS) != 0;
  if (usb) {
    clocks_usb();
    pico_release(RESET_USB);
    usb_start();
  }
  (void)port_uart_baud(FIRST_BAUD);
  cpu_enable_irq(UART0_IRQ);
  sleep_init(usb);
}

/* ---- line: the UART, or USB while a host has it open ---- */

static uint32_t current_baud;

/** A USB line has no baud rate of its own: any is met. */
bool port_uart_baud(uint32_t baud) {
  if (usb_is_line()) return true;
  if (pl011_init(UART0, clocks_uart(baud > FAST_BAUD), baud)) {
    current_baud = baud;
    sleep_line(baud);
    return true;
  }
  (void)pl011_init(UART0, clocks_uart(current_baud > FAST_BAUD), current_baud);
  return false;
}

void port_uart_kick(void) {
  if (usb_is_line()) usb_kick();
  else pl011_kick(UART0);
}

bool port_uart_idle(void) {
  return usb_is_line() ? usb_idle() : pl011_idle(UART0);
}

void port_uart_put_polled(uint8_t byte) {
  pl011_put_polled(UART0, byte);
}

void uart_handler(void) {
  pl011_interrupt(UART0);
}

/* ---- cycle counter: SysTick at the CPU clock, extended by its interrupt ---- */

enum { SYSTICK_MAX = 0xffffff, SYSTICK_RUN = 7 };

static volatile uint32_t systick_wraps;

void systick_handler(void);

void systick_handler(void) {
  systick_wraps = systick_wraps + 1u;
}

void port_cycles_start(void) {
  systick_wraps = 0;
  REGISTER(SYSTICK_RELOAD) = SYSTICK_MAX;
  REGISTER(SYSTICK_VALUE) = 0; /* reloads on the next clock, without an interrupt */
  REGISTER(SYSTICK_CSR) = SYSTICK_RUN;
}

uint32_t port_cycles_read(void) {
  uint32_t wraps, value;
  do {
    wraps = systick_wraps;
    value = REGISTER(SYSTICK_VALUE);
  } while (wraps != systick_wraps);
  /* Right after the start the counter still reads 0, which is the same as a full count. */
  return (wraps << 24) + ((0u - value) & SYSTICK_MAX);
}

void port_cycles_stop(void) {
  REGISTER(SYSTICK_CSR) = 0;
}

/* ---- restart ---- */

/** The boot ROM's `reset_usb_boot` (datasheet 2.8.3.1.5): found through the function table that offset 0x14 names. */
void port_bootloader(void) {
  const volatile uint8_t *rom = (const volatile uint8_t *)0x10;
  __asm("" : "+r"(rom));
  if (rom[0] != 'M' || rom[1] != 'u' || rom[2] != 1) return;
  const uint16_t *tables = (const uint16_t *)(uintptr_t)(rom + 4);
  const uint16_t *entry = (const uint16_t *)(uintptr_t)tables[0];
  while (entry[0] != 0 && entry[0] != ('U' | 'B' << 8)) entry += 2;
  if (entry[0] == 0) return;
  ((void (*)(uint32_t, uint32_t))(uintptr_t)entry[1])(0, 0);
}
