/** Raspberry Pi Pico 2: UART0 on GP0/GP1, markers on GP2 (bit 0) and GP3 (bit 1), time stamp on GP4, energy strap GP5. The pins of the Pico. */
#include "clocks.h"
#include "pico_board.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "sleep.h"

enum { FIRST_BAUD = 115200, FAST_BAUD = XOSC_HZ / 16, FASTEST_BAUD = 2 * FAST_BAUD };
enum { FLASH_BYTES = 4 * 1024 * 1024, RAM_BYTES = 520 * 1024, FLASH_END = 0x10000000 + FLASH_BYTES };

const struct port_facts port_facts = {
    .board = "rp2350",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_END - PORT_BLOB_ADDRESS,
    .cycle_counter = true,
};

/** The pad's isolation latches come off when its function is set (data sheet 9.7). */
static void set_pin(uint32_t pin, uint32_t function, uint32_t pad) {
  REGISTER(GPIO_CTRL(pin)) = function;
  REGISTER(PAD(pin)) = pad | PAD_DRIVE_4MA | PAD_SCHMITT;
}

void port_init(void) {
  /* What the boot ROM left in whatever state begins anew. */
  SET_BITS(RESETS_RESET, RESET_PLL_USB | RESET_TIMER0 | RESET_UART0);
  pico_release(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_PLL_SYS | RESET_PLL_USB | RESET_SYSCFG | RESET_TIMER0 | RESET_UART0);
  clocks_init();
  pico_outputs();
  set_pin(PIN_MARKER0, GPIO_FUNCTION_SIO, 0);
  set_pin(PIN_MARKER1, GPIO_FUNCTION_SIO, 0);
  set_pin(PIN_TIMESTAMP, GPIO_FUNCTION_SIO, 0);
  set_pin(PIN_ENERGY_STRAP, GPIO_FUNCTION_SIO, PAD_INPUT_ENABLE | PAD_PULL_UP);
  set_pin(PIN_TX, GPIO_FUNCTION_UART, 0);
  set_pin(PIN_RX, GPIO_FUNCTION_UART, PAD_INPUT_ENABLE | PAD_PULL_UP);
  (void)port_uart_baud(FIRST_BAUD);
  REGISTER(NVIC_ENABLE + 4u * (UART0_IRQ / 32u)) = 1u << UART0_IRQ % 32u;
  sleep_init();
}

/* ---- line ---- */

static uint32_t current_baud;

/** The UART is off while its clock changes. */
bool port_uart_baud(uint32_t baud) {
  if (baud == 0 || baud > FASTEST_BAUD) return false;
  while (!pl011_idle(UART0)) {
  }
  REGISTER(UART0_CR) = 0;
  if (pl011_init(UART0, clocks_uart(baud > FAST_BAUD), baud)) {
    current_baud = baud;
    sleep_line(baud);
    return true;
  }
  REGISTER(UART0_CR) = 0;
  (void)pl011_init(UART0, clocks_uart(current_baud > FAST_BAUD), current_baud);
  return false;
}

void port_uart_kick(void) {
  pl011_kick(UART0);
}

bool port_uart_idle(void) {
  return pl011_idle(UART0);
}

void port_uart_put_polled(uint8_t byte) {
  pl011_put_polled(UART0, byte);
}

void uart_handler(void) {
  pl011_interrupt(UART0);
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
  REGISTER(DWT_CTRL) &= ~DWT_CYCCNTENA;
}

/* ---- restart ---- */

/** The boot ROM's `reboot` into its USB boot loader (data sheet 5.4.8): found through the look-up function that offset 0x16 names. */
void port_bootloader(void) {
  enum { FOR_SECURE_ARM = 4, TO_BOOT_LOADER = 2, WITHOUT_RETURN = 0x100, DELAY_MS = 10 };
  const volatile uint8_t *rom = (const volatile uint8_t *)0x10;
  __asm("" : "+r"(rom));
  if (rom[0] != 'M' || rom[1] != 'u' || rom[2] != 2) return;
  uintptr_t lookup = *(const volatile uint16_t *)(uintptr_t)(rom + 6);
  void *reboot = ((void *(*)(uint32_t, uint32_t))lookup)('R' | 'B' << 8, FOR_SECURE_ARM);
  if (reboot == 0) return;
  (void)((int (*)(uint32_t, uint32_t, uint32_t, uint32_t))(uintptr_t)reboot)(TO_BOOT_LOADER | WITHOUT_RETURN, DELAY_MS, 0, 0);
}
