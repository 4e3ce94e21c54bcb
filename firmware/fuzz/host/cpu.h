/** The core's instructions on a host, where an interrupt is a call: see board.c. */
#pragma once

#include <stdint.h>

/** Interrupts are served in `cpu_restore_interrupts` and in `port_sleep`: where the firmware lets them in. */
static inline uint32_t cpu_mask_interrupts(void) { return 0; }
static inline void cpu_enable_interrupts(void) {}
void cpu_restore_interrupts(uint32_t primask);
