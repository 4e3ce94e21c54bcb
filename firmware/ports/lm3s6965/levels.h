/** What the board's start-up and its levels share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Sets RCC.SYSDIV; the clock keeps its count. */
void levels_set_sysdiv(uint32_t sysdiv);

/** Reads RCC.SYSDIV back. */
uint32_t levels_sysdiv(void);

/** Changes SYSDIV under a UART that keeps its baud rate; false, with nothing changed, if it could not. */
bool levels_clock_uart(uint32_t sysdiv);
