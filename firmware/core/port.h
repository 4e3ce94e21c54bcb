/**
 * What a board port gives to the core, and what the core gives back to the port's interrupt handlers.
 *
 * A port is a folder `ports/<name>` with `port.mk` (see firmware/README.md), `port_config.h` (sizes and interrupt
 * list), a linker script that includes `ports/common/sections.ld`, and the functions below. Start-up code, vector
 * table and the PL011 driver are shared in `ports/common`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Facts of the chip that `lf id` reports. */
struct port_facts {
  const char *board;       /**< Board name: CONTRACT names only. */
  uint32_t flash_bytes;    /**< Flash of the chip. */
  uint32_t ram_bytes;      /**< RAM of the chip. */
  uintptr_t blob_address;  /**< Where the bundle's blob lies, memory mapped. */
  uint32_t blob_max_bytes; /**< Room from there to the end of flash. */
  bool cycle_counter;      /**< True if `port_cycles_read` counts CPU cycles. */
};
extern const struct port_facts port_facts;

/** Most register words that a level may have in the blob and in a read-back. */
enum { PORT_LEVEL_WORDS = 4 };

/** What the level's registers say, after they were read back. */
struct port_level {
  uint32_t words[PORT_LEVEL_WORDS]; /**< Raw register fields, in the order of the blob's words. */
  uint32_t count;                   /**< Valid entries of `words`. */
  uint32_t millivolts;              /**< Computed from what was read. */
  uint32_t hertz;                   /**< Computed from what was read. */
};

/** Marker states: the two lines, bit 1 and bit 0. */
enum marker { MARKER_IDLE = 0, MARKER_GATE = 1, MARKER_BIG = 2, MARKER_TRANSFER = 3 };

/** Clocks, UART at 115200 8N1, marker lines low, timers; interrupts are still masked on return. */
void port_init(void);

/**
 * Starts sending: called (interrupts on or off) after the core put bytes into its transmit ring. The port fetches them
 * with `link_next_byte` from here and from its transmit interrupt until that returns -1.
 */
void port_uart_kick(void);

/** Changes the baud rate; everything sent before has left the line on return. False if it cannot be met within 2 %. */
bool port_uart_baud(uint32_t baud);

/** True when the last byte has left the transmitter. */
bool port_uart_idle(void);

/**
 * Sets a level from the blob's register words (voltage before frequency when rising, after it when falling).
 * The UART keeps its baud rate. `index` is the level's number in the blob, for ports that show it to an emulator.
 * Returns false, without touching a register, when the words are outside what the chip allows.
 */
bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count);

/** Reads the level back from the registers. */
void port_level_read(struct port_level *level);

/** Drives the marker lines with one store. */
void port_marker(enum marker state);

/** Level of the third line, MLPerf Tiny's energy timestamp (high when idle); a port without such a pin ignores it. */
void port_timestamp_line(bool high);

/** True when the board is strapped to start in MLPerf Tiny's energy regime (9600 baud); false without a strap. */
bool port_energy_strap(void);

/**
 * Sleeps until an interrupt is pending. Called with interrupts masked (PRIMASK = 1), so that a wake-up between the
 * caller's test and the sleep is not lost; returns with them masked.
 */
void port_sleep(void);

/**
 * As `port_sleep`, where nothing says how long the wait will be: for the host. A port that has a deeper sleep enters it when
 * nothing has come for as long as it pays; no byte of the line may be lost by it. Default: `port_sleep`.
 */
void port_rest(void);

/** Sleeps (core asleep, woken by a timer) for at least this long; other interrupts are served meanwhile. */
void port_idle_us(uint32_t microseconds);

/** Free running microseconds, wraps at 2^32. */
uint32_t port_micros(void);

/** Cycle counter: starts at zero; read while running; it need not count outside start..stop, nor in sleep. */
void port_cycles_start(void);
uint32_t port_cycles_read(void);
void port_cycles_stop(void);

/** Enters the chip's ROM boot loader; returns only if it has none. */
void port_bootloader(void);

/** Restarts the chip. */
_Noreturn void port_restart(void);

/** Why the chip started, where it was not power or the reset pin: one word, e.g. `watchdog`; else 0. Default: 0. */
const char *port_reset_reason(void);

/** The core gets on: a port with a watchdog feeds it. A core that sleeps is not hung. Default: nothing. */
void port_progress(void);

/** Puts one byte on the line by polling: for the fault handler only. */
void port_uart_put_polled(uint8_t byte);

/* ---- given by the core to the port's interrupt handlers ---- */

/** Takes a received byte (from the UART interrupt). */
void link_receive(uint8_t byte);

/** The next byte to send, or -1 when there is none. */
int link_next_byte(void);
