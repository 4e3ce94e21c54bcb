/**
 * @NAME@: the port. Every function says what it must guarantee and by when; `littlefirst board check` tries it.
 * FILL_IN marks what only the data sheet knows; the build lists what is still unfilled. What is not marked is right for any Cortex-M.
 * ports/common/pl011.c drives Arm's PL011 UART, ports/common/doorbell.h speaks to QEMU's timing plugin instead of pins.
 */
#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "systick_time.h"

#define PRAGMA(text) _Pragma(#text)
#define FILL_IN(what) PRAGMA(message("fill in: " what))

enum { FIRST_BAUD = 115200 };

FILL_IN("port_facts: flash and RAM of the chip")
/* What `lf id` reports: the whole chip, not what the linker script leaves. The blob's address stands in port.mk and image.ld. */
const struct port_facts port_facts = {
    .board = PORT_BOARD,
    .flash_bytes = @FLASH_BYTES@,
    .ram_bytes = @RAM_BYTES@,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = @BLOB_BYTES@,
    .cycle_counter = @CYCLE_COUNTER@,
};

/* ---- clock and levels ---- */

/**
 * The core clock as the registers say, hertz. Never from a variable that was set beside them: a clock that did not come must show.
 */
static uint32_t core_hertz(void) {
  FILL_IN("core_hertz: from the clock registers")
  return 1000000;
}

/**
 * A level's four words are yours: `registers` of each level in chip.yaml, e.g. [divider, regulator code, 0, 0].
 * Guarantees: refuses words outside the data sheet's limits, false, before it touches a register. Voltage before frequency when rising, after it
 * when falling; flash wait states likewise. Returns when the new clock runs and is stable. The UART loses no byte that was sent before and
 * keeps its baud rate; time goes on counting right. `index` is the level's number, for emulators.
 * By when: 10 ms.
 */
bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  FILL_IN("port_level_set: wait for port_uart_idle, systick_time_clock(new hertz), set the clock, port_uart_baud(the rate as before)")
  (void)index;
  (void)words;
  return count == PORT_LEVEL_WORDS;
}

/** Guarantees: words, millivolts and hertz from the registers as they are now; the words in the order of chip.yaml. */
void port_level_read(struct port_level *level) {
  FILL_IN("port_level_read: read the words back from the registers")
  for (uint32_t i = 0; i < PORT_LEVEL_WORDS; i++) level->words[i] = 0;
  level->count = PORT_LEVEL_WORDS;
  level->millivolts = 0;
  level->hertz = core_hertz();
}

/* ---- UART: 8N1 ---- */

/**
 * Guarantees: everything sent before has left the line; false, with the rate as before, if the new one cannot be met within 2 %.
 * By when: the time that the bytes in the transmitter take.
 */
bool port_uart_baud(uint32_t baud) {
  FILL_IN("port_uart_baud: divisor from core_hertz(), receive interrupt on")
  return baud == FIRST_BAUD;
}

/**
 * Guarantees: the transmitter gets bytes from `link_next_byte` from here and from its interrupt until that returns -1. Returns at once: it does not
 * wait for the line. May be called with interrupts on or off.
 */
void port_uart_kick(void) {
  FILL_IN("port_uart_kick: fill the transmitter, or enable its interrupt")
}

/** Guarantees: true only when the last stop bit has left. */
bool port_uart_idle(void) {
  FILL_IN("port_uart_idle: FIFO and shift register are empty")
  return true;
}

/** Guarantees: one byte on the line without interrupts; for the fault handler. */
void port_uart_put_polled(uint8_t byte) {
  FILL_IN("port_uart_put_polled: wait for room, write")
  (void)byte;
}

/**
 * Guarantees: every received byte goes to `link_receive`, in order, the FIFO emptied; errors cleared; room in the transmitter filled.
 * By when: before the FIFO overruns at 115200 baud (87 us a byte), at the lowest level and while networks run.
 */
void uart_handler(void) {
  FILL_IN("uart_handler: link_receive(each byte); more of link_next_byte() into the transmitter")
}

/* ---- marker pins ---- */

/**
 * Guarantees: both lines show `state` (bit 1 and bit 0) before anything that the caller does next; with one store, or in Gray order within 1 us.
 * By when: at once. The meter cuts energy at these edges.
 */
void port_marker(enum marker state) {
  FILL_IN("port_marker: one store to the pins' set and clear register")
  (void)state;
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
  FILL_IN("port_init: clocks and pins on, marker lines low; then cpu_enable_irq(the UART's)")
  systick_time_start(core_hertz());
  port_marker(MARKER_IDLE);
  (void)port_uart_baud(FIRST_BAUD);
}

/* ---- time and sleep ---- */

/** Guarantees: counts in sleep and over changes of level, within 1 % of true time; wraps at 2^32, no sooner. */
uint32_t port_micros(void) {
  return systick_time_micros();
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
  systick_time_sleep(microseconds);
}

/* ---- cycle counter ---- */

@CYCLES@
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
