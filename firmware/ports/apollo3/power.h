/** Bucks, memories, watchdog, sleep. */
#pragma once

#include <stdint.h>

/** Keeps why the chip started, before anything else can change it; bucks, memories, watchdog. */
void power_init(void);

/** Sleeps until an interrupt is pending, the watchdog stopped meanwhile. Interrupts masked. */
void power_sleep(void);

/** As `power_sleep`, in deep sleep: all RAM kept, flash and cache off. */
void power_deep_sleep(void);
