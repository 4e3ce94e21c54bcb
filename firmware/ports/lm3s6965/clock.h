/** Free running time from SysTick, without interrupts while the core computes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Starts counting. */
void clock_init(void);

/** Adds what has passed since the last call; must be called before the core clock changes and once a counter period. */
void clock_update(void);

/** Adds time in which the emulated core sleeps without anybody waiting for it. */
void clock_skip(uint32_t microseconds);

/** Microseconds since the start, wraps. */
uint32_t clock_micros(void);

/** Nanoseconds of one core clock, from the RCC2 register as it is. */
uint32_t clock_period_ns(void);

/**
 * While on, SysTick interrupts often enough that no counter period is lost in a long sleep; off while the core computes,
 * so that the cycles of a window repeat. Cheap when nothing changes: in QEMU a register access costs more than a sleep.
 */
void clock_interrupt(bool on);
