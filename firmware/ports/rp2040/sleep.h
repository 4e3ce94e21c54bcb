/** What stays clocked in deep sleep (datasheet 2.11); how deep, and when: common/pico_sleep.c. */
#pragma once

#include "pico_sleep.h"

/* Data sheet 4.7.3: 24 bits; the timer counts down twice a microsecond (erratum RP2040-E1), so 8.3 s at most. */
enum { WATCHDOG_FULL = 0xffffff, NVIC_WORDS = 1 };

/** Says what stays clocked in sleep, and starts the watchdog; with USB on, everything does and nothing is ever stopped. */
void sleep_init(bool usb);
