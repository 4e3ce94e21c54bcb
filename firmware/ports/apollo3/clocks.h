/** Core clock: the 48 MHz oscillator, halved, or doubled by TurboSPOT (burst). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Flash wait states, cache, burst where the part has it; 48 MHz. */
void clocks_init(void);

/** True if this part may burst. */
bool clocks_can_burst(void);

/** Sets the clock; false, with the clock at 48 MHz, if burst does not come. */
bool clocks_set(bool half, bool burst);

/** As the registers say. */
bool clocks_half(void);
bool clocks_burst(void);
uint32_t clocks_hertz(void);
