/**
 * mine: the port. Every function says what it must guarantee and by when; `littlefirst board check` tries it.
 * FILL_IN marks what only the data sheet knows; the build lists what is still unfilled. What is not marked is right for any Cortex-M.
 * ports/common/pl011.c drives Arm's PL011 UART, ports/common/doorbell.h speaks to QEMU's timing plugin instead of pins.
 */
#include "cpu.h"
#include "doorbell.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "systick_time.h"

#define PRAGMA(text) _Pragma(#text)
#define FILL_IN(what) PRAGMA(message("fill in: " what))

enum { FIRST_BAUD = 115200 };

/* LM3S6965 data sheet: "System Control" and "UART". */
#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
enum { LDOPCTL = 0x400fe034, RCC2 = 0x400fe070, RCGC1 = 0x400fe104, UART0 = 0x4000c000, UART0_IRQ = 5 };
enum { SYSDIV_SHIFT = 23, SYSDIV_MASK = 63, SYSDIV_START = 3, PLL_HERTZ = 200000000, RECEIVER_EMPTY = 1 << 4, LDO_2500MV = 0 };
#define RCC2_USE 0x80000000u

static uint32_t baud_rate;

/* What `lf id` reports: the whole chip, not what the linker script leaves. The blob's address stands in port.mk and image.ld. */
const struct port_facts port_facts = {
    .board = PORT_BOARD,
    .flash_bytes = 262144,
    .ram_bytes = 65536,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = 163840,
    .cycle_counter = false, /* QEMU has no DWT */
};

/* ---- clock and levels ---- */

/**
 * The core clock as the registers say, hertz. Never from a variable that was set beside them: a clock that did not come must show.
 */
static uint32_t core_hertz(void) {
  return PLL_HERTZ / (((REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK) + 1);
}

static void set_divider(uint32_t sysdiv) {
  systick_time_clock(PLL_HERTZ / (sysdiv + 1));
  REGISTER(RCC2) = (REGISTER(RCC2) & ~((uint32_t)SYSDIV_MASK << SYSDIV_SHIFT)) | sysdiv << SYSDIV_SHIFT | RCC2_USE;
}

/**
 * A level's four words are yours: `registers` of each level in chip.yaml, e.g. [divider, regulator code, 0, 0].
 * Guarantees: refuses words outside the data sheet's limits, false, before it touches a register. Voltage before frequency when rising, after it
 * when falling; flash wait states likewise. Returns when the new clock runs and is stable. The UART loses no byte that was sent before and
 * keeps its baud rate; time goes on counting right. `index` is the level's number, for emulators.
 * By when: 10 ms.
 */
bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  if (count != PORT_LEVEL_WORDS || words[0] < 1 || words[0] > SYSDIV_MASK || words[1] > 5) return false;
  while (!port_uart_idle()) {
  }
  bool rising = words[0] < ((REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK);
  if (rising) REGISTER(LDOPCTL) = words[1];
  set_divider(words[0]);
  REGISTER(LDOPCTL) = words[1];
  doorbell_ring(DOORBELL_LEVELS + index);
  return port_uart_baud(baud_rate);
}

/** Guarantees: words, millivolts and hertz from the registers as they are now; the words in the order of chip.yaml. */
void port_level_read(struct port_level *level) {
  level->words[0] = (REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK;
  level->words[1] = REGISTER(LDOPCTL) & 63;
  level->words[2] = 0;
  level->words[3] = 0;
  level->count = PORT_LEVEL_WORDS;
  level->millivolts = 2500 - 50 * level->words[1];
  level->hertz = core_hertz();
}

/* ---- UART: 8N1 ---- */

/**
 * Guarantees: everything sent before has left the line; false, with the rate as before, if the new one cannot be met within 2 %.
 * By when: the time that the bytes in the transmitter take.
 */
bool port_uart_baud(uint32_t baud) {
  if (!pl011_init(UART0, core_hertz(), baud)) return false;
  baud_rate = baud;
  return true;
}

/**
 * Guarantees: the transmitter gets bytes from `link_next_byte` from here and from its interrupt until that returns -1. Returns at once: it does not
 * wait for the line. May be called with interrupts on or off.
 */
void port_uart_kick(void) {
  pl011_kick(UART0);
}

/** Guarantees: true only when the last stop bit has left. */
bool port_uart_idle(void) {
  return pl011_idle(UART0);
}

/** Guarantees: one byte on the line without interrupts; for the fault handler. */
void port_uart_put_polled(uint8_t byte) {
  pl011_put_polled(UART0, byte);
}

/**
 * Guarantees: every received byte goes to `link_receive`, in order, the FIFO emptied; errors cleared; room in the transmitter filled.
 * By when: before the FIFO overruns at 115200 baud (87 us a byte), at the lowest level and while networks run.
 */
void uart_handler(void) {
  pl011_interrupt(UART0);
}

/* ---- marker pins ---- */

/**
 * Guarantees: both lines show `state` (bit 1 and bit 0) before anything that the caller does next; with one store, or in Gray order within 1 us.
 * By when: at once. The meter cuts energy at these edges.
 */
void port_marker(enum marker state) {
  doorbell_ring(DOORBELL_MARKERS + (uint32_t)state);
}

/** MLPerf Tiny's time stamp, high when idle. A board without the pin leaves this empty. */
void port_timestamp_line(bool high) {
  (void)high;
}

/** True if a strap asks for MLPerf Tiny's energy regime at the start; false without a strap. */
bool port_energy_strap(void) {
  return false;
}

/* ---- start ---- */

/**
 * Guarantees: interrupts masked as they came; clock at a level that the supply bears, UART at 115200 8N1 with its receive interrupt
 * enabled in the NVIC, marker lines low, time running.
 * By when: 100 ms after reset; bytes that come sooner may be lost.
 */
void port_init(void) {
  REGISTER(RCGC1) |= 1;
  systick_time_start(core_hertz());
  set_divider(SYSDIV_START);
  port_marker(MARKER_IDLE);
  (void)port_uart_baud(FIRST_BAUD);
  while ((REGISTER(UART0 + 0x18) & RECEIVER_EMPTY) == 0) (void)REGISTER(UART0); /* QEMU keeps what came before a reset */
  cpu_enable_irq(UART0_IRQ);
}

/* ---- time and sleep ---- */

/** Guarantees: counts in sleep and over changes of level, within 1 % of true time; wraps at 2^32, no sooner. */
static uint32_t announced; /* sleep that the emulator was told of and nobody waited for */

uint32_t port_micros(void) {
  return systick_time_micros() + announced;
}

/**
 * Called with interrupts masked; returns with them masked. Guarantees: sleeps until an interrupt is pending, also one that came before;
 * the byte that wakes the chip is received whole. RAM and marker pins keep their state.
 */
void port_sleep(void) {
  cpu_wait_for_interrupt();
}

/** Guarantees: at least this long, the core asleep, other interrupts served meanwhile. By when: 10 us or 1 % late at most. */
void port_idle_us(uint32_t microseconds) {
  doorbell_elapse(microseconds);
  announced += microseconds;
}

/* ---- cycle counter ---- */

/* A Cortex-M0+ has no cycle counter of its own. A timer at the core clock can be one: then `.cycle_counter = true` above. */

/** Guarantees: starts at zero; counts core cycles, 32 bits. */
void port_cycles_start(void) {
}

uint32_t port_cycles_read(void) {
  return 0;
}

void port_cycles_stop(void) {
}
/* ---- restart ---- */

/** Enters the ROM's boot loader; returns only if there is none that software can enter. */
void port_bootloader(void) {
}

/** Guarantees: the chip starts as after its reset pin. */
_Noreturn void port_restart(void) {
  cpu_request_reset();
  for (;;) cpu_wait_for_interrupt();
}

/**
 * Why the chip started, where it was neither power nor the reset pin: one word, `watchdog` or `restart`; else 0.
 * Guarantees: the same answer until the next start, and never that of an earlier one: clear the chip's sticky flags once they are read.
 */
const char *port_reset_reason(void) {
  return 0;
}

/** The core gets on: feed the watchdog here, if the board has one. It must bear 8 s without a call, and a sleep of any length. */
void port_progress(void) {
}
