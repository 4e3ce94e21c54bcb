/** What stays clocked in deep sleep; how deep, and when: common/pico_sleep.c. */
#pragma once

#include "pico_sleep.h"

/** Says what stays clocked in sleep, and starts the watchdog. */
void sleep_init(void);
