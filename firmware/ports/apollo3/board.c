/**
 * SparkFun RedBoard Artemis and other boards with the Artemis module: UART0 on pads 48 and 49 (the board's USB serial port), markers on pads 6 (bit 0)
 * and 7 (bit 1), MISO and MOSI of the SPI header.
 */
#include "clocks.h"
#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "power.h"
#include "registers.h"
#include "timer.h"

enum { PAD_MARKER0 = 6, PAD_MARKER1 = 7, PAD_TX = 48, PAD_RX = 49, PAD_BITS = 8, CFG_BITS = 4 };
enum { FIRST_BAUD = 115200, UART_HZ = 24000000 };
enum { FLASH_BYTES = 1024 * 1024, RAM_BYTES = 384 * 1024 };

_Static_assert(PAD_MARKER1 == PAD_MARKER0 + 1 && PAD_MARKER1 < 32, "one store drives both markers");

const struct port_facts port_facts = {
    .board = "apollo3",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_BYTES - PORT_BLOB_ADDRESS,
    .cycle_counter = true,
};

/* ---- start ---- */

extern uint32_t __stack_top[];
_Noreturn void reset_handler(void);

/** Reached by a jump of SparkFun's boot loader, on its stack and with its vector table, or from the reset vector. */
__attribute__((naked)) _Noreturn void boot_entry(void) {
  __asm volatile(
      "cpsid i\n"
      "ldr r0, =__stack_top\n"
      "msr msp, r0\n"
      "ldr r1, =reset_handler\n"
      "bx r1\n"
      ".ltorg\n");
}

static void set_field(uint32_t address, uint32_t shift, uint32_t width, uint32_t value) {
  uint32_t mask = ((1u << width) - 1u) << shift;
  REGISTER(address) = (REGISTER(address) & ~mask) | value << shift;
}

/** The pad registers are open only while the key is set. */
static void set_pad(uint32_t pad, uint32_t function, uint32_t flags, uint32_t cfg) {
  REGISTER(GPIO_PADKEY) = PADKEY;
  set_field(PADREG(pad), pad % 4u * PAD_BITS, 6, function << PAD_FUNCTION_SHIFT | flags);
  set_field(GPIO_CFG(pad), pad % 8u * CFG_BITS, 3, cfg);
  REGISTER(GPIO_PADKEY) = 0;
}

static void init_pads(void) {
  REGISTER(GPIO_WTA) = 0;
  set_pad(PAD_MARKER0, PAD_GPIO, 0, CFG_PUSH_PULL);
  set_pad(PAD_MARKER1, PAD_GPIO, 0, CFG_PUSH_PULL);
  set_pad(PAD_TX, PAD_UART0, 0, 0);
  set_pad(PAD_RX, PAD_UART0, PAD_INPUT | PAD_PULL, 0);
}

void port_init(void) {
  extern const uint32_t __image_start[];
  REGISTER(SCB_VTOR) = (uint32_t)(uintptr_t)__image_start;
  power_init();
  clocks_init();
  init_pads();
  timer_init();
  REGISTER(DEVPWREN) |= DEVPWR_UART0;
  while ((REGISTER(DEVPWRSTATUS) & DEVPWRSTATUS_HCPA) == 0) {
  }
  (void)port_uart_baud(FIRST_BAUD);
  cpu_enable_irq(UART0_IRQ);
}

bool port_energy_strap(void) {
  return false;
}

/* ---- UART: fed by HFRC / 2 at every level ---- */

bool port_uart_baud(uint32_t baud) {
  if (baud == 0 || baud > UART_HZ / 16u) return false;
  uint32_t divisor = (UART_HZ * 4u + baud / 2u) / baud; /* 16.6 fixed point of clock / (16 baud) */
  if (divisor > 0x3fffffu) return false;
  uint32_t actual = UART_HZ * 4u / divisor, error = actual > baud ? actual - baud : baud - actual;
  if (error > baud / 50u) return false;
  while ((REGISTER(UART0_CR) & CR_UARTEN) != 0 && !port_uart_idle()) {
  }
  REGISTER(UART0_CR) = CR_CLKEN | CR_24MHZ; /* off; the clock first, as am_hal_uart_configure does */
  REGISTER(UART0_IBRD) = divisor >> 6;
  REGISTER(UART0_FBRD) = divisor & 63u;
  REGISTER(UART0_LCRH) = LCRH_8N1_FIFO; /* latches the divisors */
  REGISTER(UART0_IFLS) = IFLS_RX_HALF_TX_EIGHTH;
  REGISTER(UART0_IEC) = INT_ALL;
  REGISTER(UART0_IER) = INT_RX | INT_TIMEOUT;
  REGISTER(UART0_CR) = CR_CLKEN | CR_24MHZ | CR_TXE | CR_RXE | CR_UARTEN;
  return true;
}

/** Fills the transmit FIFO; the transmit interrupt stays on only while the core has more. Interrupts masked. */
static void fill(void) {
  while ((REGISTER(UART0_FR) & FR_TXFF) == 0) {
    int byte = link_next_byte();
    if (byte < 0) {
      REGISTER(UART0_IER) = INT_RX | INT_TIMEOUT;
      return;
    }
    REGISTER(UART0_DR) = (uint32_t)byte;
  }
  REGISTER(UART0_IER) = INT_RX | INT_TIMEOUT | INT_TX;
}

void port_uart_kick(void) {
  uint32_t mask = cpu_mask_interrupts();
  fill();
  cpu_restore_interrupts(mask);
}

bool port_uart_idle(void) {
  return (REGISTER(UART0_FR) & (FR_BUSY | FR_TXFE)) == FR_TXFE;
}

void port_uart_put_polled(uint8_t byte) {
  while ((REGISTER(UART0_FR) & FR_TXFF) != 0) {
  }
  REGISTER(UART0_DR) = byte;
}

void uart_handler(void) {
  REGISTER(UART0_IEC) = INT_ALL; /* before the FIFO is drained: what comes meanwhile asks again */
  while ((REGISTER(UART0_FR) & FR_RXFE) == 0) link_receive((uint8_t)REGISTER(UART0_DR));
  if ((REGISTER(UART0_IER) & INT_TX) != 0) fill();
}

/* ---- pins ---- */

/** No other pad below 32 is an output. */
void port_marker(enum marker state) {
  REGISTER(GPIO_WTA) = (uint32_t)state << PAD_MARKER0;
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

/** SparkFun's boot loader listens after every reset, see `port_restart`. */
void port_bootloader(void) {
  port_restart();
}

_Noreturn void port_restart(void) {
  cpu_request_reset();
  for (;;) cpu_wait_for_interrupt();
}
