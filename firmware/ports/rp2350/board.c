/** Raspberry Pi Pico 2: UART0 on GP0/GP1, markers on GP2 (bit 0) and GP3 (bit 1), time stamp on GP4, energy strap GP5. The pins of the Pico. */
#include "clocks.h"
#include "cpu.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "sleep.h"

enum { PIN_TX = 0, PIN_RX = 1, PIN_MARKER0 = 2, PIN_MARKER1 = 3, PIN_TIMESTAMP = 4, PIN_ENERGY_STRAP = 5 };
enum { MARKER_SHIFT = PIN_MARKER0, MARKER_MASK = 3u << MARKER_SHIFT };
enum { FIRST_BAUD = 115200, FAST_BAUD = XOSC_HZ / 16, FASTEST_BAUD = 2 * FAST_BAUD, STRAP_SETTLE_US = 10 };
enum { FLASH_BYTES = 4 * 1024 * 1024, RAM_BYTES = 520 * 1024, FLASH_END = 0x10000000 + FLASH_BYTES };

const struct port_facts port_facts = {
    .board = "rp2350",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_END - PORT_BLOB_ADDRESS,
    .cycle_counter = true,
};

static void release_from_reset(uint32_t blocks) {
  CLEAR_BITS(RESETS_RESET, blocks);
  while ((REGISTER(RESETS_DONE) & blocks) != blocks) {
  }
}

/** The pad's isolation latches come off when its function is set (data sheet 9.7). */
static void set_pin(uint32_t pin, uint32_t function, uint32_t pad) {
  REGISTER(GPIO_CTRL(pin)) = function;
  REGISTER(PAD(pin)) = pad | PAD_DRIVE_4MA | PAD_SCHMITT;
}

void port_init(void) {
  /* What the boot ROM left in whatever state begins anew. */
  SET_BITS(RESETS_RESET, RESET_PLL_USB | RESET_TIMER0 | RESET_UART0);
  release_from_reset(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_PLL_SYS | RESET_PLL_USB | RESET_SYSCFG | RESET_TIMER0 | RESET_UART0);
  clocks_init();
  REGISTER(SIO_GPIO_OUT) = 1u << PIN_TIMESTAMP;
  REGISTER(SIO_GPIO_OE_SET) = MARKER_MASK | 1u << PIN_TIMESTAMP;
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

bool port_energy_strap(void) {
  uint32_t start = port_micros();
  while (port_micros() - start < STRAP_SETTLE_US) {
  }
  return (REGISTER(SIO_GPIO_IN) & 1u << PIN_ENERGY_STRAP) == 0;
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

/* ---- pins ---- */

void port_marker(enum marker state) {
  uint32_t wanted = (uint32_t)state << MARKER_SHIFT;
  REGISTER(SIO_GPIO_OUT_XOR) = (REGISTER(SIO_GPIO_OUT) ^ wanted) & MARKER_MASK;
}

void port_timestamp_line(bool high) {
  REGISTER(high ? SIO_GPIO_OUT_SET : SIO_GPIO_OUT_CLEAR) = 1u << PIN_TIMESTAMP;
}

/* ---- time ---- */

uint32_t port_micros(void) {
  return REGISTER(TIMER_RAW_LOW);
}

const char *port_reset_reason(void) {
  uint32_t reason = REGISTER(WATCHDOG_REASON);
  if ((reason & WATCHDOG_REASON_TIMER) != 0) return "watchdog";
  return (reason & WATCHDOG_REASON_FORCE) != 0 ? "restart" : 0;
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

_Noreturn void port_restart(void) {
  SET_BITS(WATCHDOG_CTRL, WATCHDOG_TRIGGER);
  for (;;) {
  }
}
