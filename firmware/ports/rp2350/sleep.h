/** Sleep in two depths, and the watchdog. */
#pragma once

#include <stdint.h>

/** What stays clocked in sleep; the alarms; starts the watchdog. */
void sleep_init(void);

/** The line's rate is another one: it decides how deep a sleep may be. */
void sleep_line(uint32_t baud);
