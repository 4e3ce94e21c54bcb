/** Oscillators, regulator, watchdog. */
#pragma once

#include <stdbool.h>

/** Keeps why the chip started, before anything else can change it; access port, cache, oscillators, watchdog. */
void power_init(void);

/** True on the chip that this port is written for, by its FICR: part, flash, RAM. */
bool power_is_our_chip(void);
