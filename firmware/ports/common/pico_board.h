/** What a Pico and a Pico 2 have in common: wiring, pins, time, reasons of a restart. Addresses are those of the port's registers.h. */
#pragma once

#include <stdint.h>

enum { PIN_TX = 0, PIN_RX = 1, PIN_MARKER0 = 2, PIN_MARKER1 = 3, PIN_TIMESTAMP = 4, PIN_ENERGY_STRAP = 5 };

/** Takes blocks out of reset and waits for them; bits of RESETS. */
void pico_release(uint32_t blocks);

/** Markers low and time stamp high, as outputs of SIO: before their pins are given to it. */
void pico_outputs(void);
