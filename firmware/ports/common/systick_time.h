/**
 * Microseconds and sleep from SysTick at the core clock (Armv6-M and Armv7-M architecture reference manuals, "System timer"), for ports without a
 * timer of their own. The core clock must run while the core sleeps (plain WFI); a port that stops it needs a timer that goes on.
 */
#pragma once

#include <stdint.h>

/** Starts counting. @param hertz core clock */
void systick_time_start(uint32_t hertz);

/** The core clock is about to become another one: call right before it does, with the new clock. */
void systick_time_clock(uint32_t hertz);

/** Microseconds since the start, wraps at 2^32. Interrupts may be masked, for less than 2^24 core cycles. */
uint32_t systick_time_micros(void);

/** Sleeps by WFI for at least this long; other interrupts are served meanwhile. */
void systick_time_sleep(uint32_t microseconds);
