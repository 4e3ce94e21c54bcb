/** What the board's start-up and its levels share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Sets RCC2.SYSDIV2; the clock keeps its count. */
void levels_set_sysdiv(uint32_t sysdiv);

/** Reads RCC2.SYSDIV2 back. */
uint32_t levels_sysdiv(void);

/** Changes SYSDIV2 under a UART that keeps its baud rate; false, with nothing changed, if it could not. */
bool levels_clock_uart(uint32_t sysdiv);
