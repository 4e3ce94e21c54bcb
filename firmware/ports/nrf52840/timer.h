/** Microseconds and sleep until a time, by TIMER0. */
#pragma once

void timer_init(void);
