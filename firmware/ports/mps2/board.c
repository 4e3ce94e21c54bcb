/**
 * QEMU's mps2-an385 (Cortex-M3) and mps2-an386 (Cortex-M4): room for networks that the LM3S6965 cannot hold. UART0, input by UART1 too, and
 * for markers, levels and sleep the doorbell of the timing plugin.
 *
 * Levels: the blob's words are [hertz of oscillator 0, index of the level in its chip profile, 0, microseconds that the chip needs to settle there].
 * The board has no adjustable supply; it stands in for other chips, waits as long as theirs would, at the lower of the two clocks, and what it
 * answers for words that are read back unchanged is the millivolts and hertz of the blob's table.
 * QEMU's core clock stays 25 MHz: the board's time comes from the plugin's cycles, its own clock (`port_micros`) included.
 */
#include "cpu.h"
#include "doorbell.h"
#include "dut.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "uart.h"

enum { FIRST_BAUD = 115200, UART0_IRQ = 0, UART1_IRQ = 2 };
enum { FLASH_BYTES = 4 * 1024 * 1024, RAM_BYTES = 4 * 1024 * 1024 };
enum { WORD_HERTZ, WORD_INDEX, WORD_UNUSED, WORD_SETTLE, LEVEL_WORDS, SUPPLY_MILLIVOLTS = 3300, SETTLE_MAX_US = 10000 };

/* QEMU 7.2 has no DWT cycle counter; cycles come from the timing plugin. */
const struct port_facts port_facts = {
    .board = PORT_BOARD,
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_BYTES - PORT_BLOB_ADDRESS,
    .cycle_counter = false,
};

void port_init(void) {
  doorbell_ring(DOORBELL_MARKERS + MARKER_IDLE);
  (void)port_uart_baud(FIRST_BAUD);
  uart_forget_received();
  cpu_enable_irq(UART0_IRQ);
  cpu_enable_irq(UART1_IRQ);
}

bool port_energy_strap(void) {
  return doorbell_strap();
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

/* ---- markers ---- */

void port_marker(enum marker state) {
  doorbell_ring(DOORBELL_MARKERS + (uint32_t)state);
}

void port_timestamp_line(bool high) {
  doorbell_pin(high);
}

/* ---- levels ---- */

/** The serial configuration controller answers at once. @return what it read; 0 after a write */
static uint32_t oscillator(uint32_t command, uint32_t hertz) {
  REGISTER(SCC_BASE + SCC_DATA_OUT) = hertz;
  REGISTER(SCC_BASE + SCC_CONTROL) = SCC_START | command | SCC_OSCILLATOR;
  while ((REGISTER(SCC_BASE + SCC_STATUS) & SCC_COMPLETE) == 0) {
  }
  return command == SCC_WRITE ? 0 : REGISTER(SCC_BASE + SCC_DATA_RETURN);
}

static uint32_t settle_us;

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  if (count != PORT_LEVEL_WORDS || index >= DOORBELL_LEVEL_COUNT) return false;
  if (words[WORD_HERTZ] == 0 || words[WORD_INDEX] >= DOORBELL_LEVEL_COUNT) return false;
  if (words[WORD_SETTLE] > SETTLE_MAX_US) return false;
  bool faster = words[WORD_HERTZ] >= oscillator(0, 0);
  if (faster) doorbell_wait(words[WORD_SETTLE]);
  (void)oscillator(SCC_WRITE, words[WORD_HERTZ]);
  REGISTER(SCC_BASE + SCC_LEDS) = words[WORD_INDEX];
  settle_us = words[WORD_SETTLE];
  doorbell_ring(DOORBELL_LEVELS + index);
  if (!faster) doorbell_wait(settle_us);
  return true;
}

static const lf_level *in_table(const struct port_level *level) {
  for (uint32_t i = 0; dut.blob_status == LF_OK && i < dut.blob.level_count; i++) {
    const lf_level *entry = &dut.blob.levels[i];
    if (entry->registers[WORD_HERTZ] == level->words[WORD_HERTZ] && entry->registers[WORD_INDEX] == level->words[WORD_INDEX] &&
        entry->registers[WORD_SETTLE] == level->words[WORD_SETTLE])
      return entry;
  }
  return 0;
}

void port_level_read(struct port_level *level) {
  level->words[WORD_UNUSED] = 0;
  level->words[WORD_SETTLE] = settle_us;
  level->words[WORD_HERTZ] = oscillator(0, 0);
  level->words[WORD_INDEX] = REGISTER(SCC_BASE + SCC_LEDS);
  level->count = LEVEL_WORDS;
  const lf_level *entry = in_table(level);
  level->millivolts = entry != 0 ? entry->millivolts : SUPPLY_MILLIVOLTS;
  level->hertz = entry != 0 ? entry->hertz : level->words[WORD_HERTZ];
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
