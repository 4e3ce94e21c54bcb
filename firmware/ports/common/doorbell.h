/** The doorbell of the timing plugin, on emulated boards: a store into one of its words is an event (firmware/qemu-plugin/README.md). */
#pragma once

#include <stdint.h>

enum { DOORBELL_BASE = 0x20000000 };
enum { DOORBELL_MARKERS = 0, DOORBELL_LEVELS = 16, DOORBELL_LEVEL_COUNT = 16, DOORBELL_ELAPSE = 47, DOORBELL_DIGITS = 48 };

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
