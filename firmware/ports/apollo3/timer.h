/** Microseconds and sleep until a time, by the system timer. */
#pragma once

void timer_init(void);
