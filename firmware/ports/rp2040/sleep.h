/** How deep the chip sleeps, and when (datasheet 2.11). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Starts the watchdog and says what stays clocked in sleep; with USB on, everything does and nothing is ever stopped. */
void sleep_init(bool usb);

/** The line's baud rate, after every change: it decides what may be stopped without losing a byte. */
void sleep_line(uint32_t baud);
