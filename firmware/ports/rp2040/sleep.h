/** What stays clocked in deep sleep (datasheet 2.11); how deep, and when: common/pico_sleep.c. */
#pragma once

#include "pico_sleep.h"

/** Says what stays clocked in sleep, and starts the watchdog; with USB on, everything does and nothing is ever stopped. */
void sleep_init(bool usb);
