/** The doorbell of the timing plugin, on emulated boards: a store into one of its words is an event (firmware/qemu-plugin/README.md). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { DOORBELL_BASE = 0x20000000 };
enum { DOORBELL_MARKERS = 0, DOORBELL_LEVELS = 16, DOORBELL_LEVEL_COUNT = 16, DOORBELL_ELAPSE = 47, DOORBELL_DIGITS = 48 };
enum { DOORBELL_CLOCK = 40, DOORBELL_STRAP = 41, DOORBELL_PIN = 42 };

static inline void doorbell_ring(uint32_t word) {
  ((volatile uint32_t *)DOORBELL_BASE)[word] = word;
}

/** Announces a sleep, by its hexadecimal digits: the emulated board's time advances by it, nobody waits. */
static inline void doorbell_elapse(uint32_t microseconds) {
  for (int shift = 28; shift >= 0; shift -= 4) {
    if (microseconds >> shift != 0) doorbell_ring(DOORBELL_DIGITS + ((microseconds >> shift) & 15));
  }
  doorbell_ring(DOORBELL_ELAPSE);
}

/** Asks for a word: the plugin puts its answer where the question was stored. Without an answer the word is the question's number. */
static inline uint32_t doorbell_ask(uint32_t word) {
  doorbell_ring(word);
  return ((volatile uint32_t *)DOORBELL_BASE)[word];
}

/**
 * Microseconds since the reset, wrapping at 2^32: the plugin's cycles by the clock of the level that each was spent at, and announced sleep. It stands
 * still while the core waits for the host, and always where nothing answers.
 */
static inline uint32_t doorbell_micros(void) {
  return doorbell_ask(DOORBELL_CLOCK);
}

/** Waits awake, as a chip does whose supply or clock settles. Where nothing answers it gives up. */
static inline void doorbell_wait(uint32_t microseconds) {
  enum { LOOKS_A_MICROSECOND = 64 };
  uint32_t start = doorbell_micros();
  for (uint32_t left = LOOKS_A_MICROSECOND * microseconds; left > 0 && doorbell_micros() - start < microseconds; left--) {
  }
}

/** Whether the board is strapped for the energy regime. */
static inline bool doorbell_strap(void) {
  return doorbell_ask(DOORBELL_STRAP) == 1;
}

/** Drives the time-stamp line, which is no pin here but an event. */
static inline void doorbell_pin(bool high) {
  doorbell_ring(DOORBELL_PIN + high);
}
