/** Microseconds and the core clock, counted by TIM2. */
#pragma once

#include <stdint.h>

/** Starts the timers; the core runs at `hertz`, a multiple of 1 MHz. */
void timer_init(uint32_t hertz);

/** The core clock is another one now; the count goes on. */
void timer_clock_changed(uint32_t hertz);

/** The clock that was set last. */
uint32_t timer_hertz(void);

/** Adds microseconds in which TIM2 stood still. */
void timer_stood_still(uint32_t microseconds);
