/**
 * Sleep of RP2040 and RP2350: how deep, when, and the watchdog. The port's registers.h says WATCHDOG_FULL (LOAD of a full watchdog) and NVIC_WORDS (of
 * interrupts) too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Alarms and watchdog. @param gates what need not be clocked in sleep is not, so that clocks and voltage may be stopped and lowered too */
void pico_sleep_start(bool gates);

/** The line's baud rate, after every change: it decides what may be stopped without losing a byte. */
void sleep_line(uint32_t baud);
