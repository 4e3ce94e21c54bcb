/** The divider between the PLL and the core, which start-up and levels set. */
#pragma once

#include <stdint.h>

/** Sets RCC2.SYSDIV2; the clock keeps its count. */
void levels_set_sysdiv(uint32_t sysdiv);

/** Reads RCC2.SYSDIV2 back. */
uint32_t levels_sysdiv(void);

/** Nanoseconds of one core clock, from the RCC2 register as it is. */
uint32_t levels_period_ns(void);
