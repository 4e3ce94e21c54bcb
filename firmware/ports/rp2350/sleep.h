/** What stays clocked in deep sleep; how deep, and when: common/pico_sleep.c. */
#pragma once

#include "pico_sleep.h"

/* 24 bits of microseconds: 16.8 s at most. Half of it leaves a debugger time and hangs a bench no longer than a Pico does. */
enum { WATCHDOG_FULL = 8000000, NVIC_WORDS = 2 };

/** Says what stays clocked in sleep, and starts the watchdog. */
void sleep_init(void);
