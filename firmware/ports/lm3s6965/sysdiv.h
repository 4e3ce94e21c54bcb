/** The divider between the PLL and the core, which start-up and levels set. */
#pragma once

#include <stdint.h>

/** Sets RCC2.SYSDIV2; the clock keeps its count. */
void levels_set_sysdiv(uint32_t sysdiv);

/** Reads RCC2.SYSDIV2 back. */
uint32_t levels_sysdiv(void);
