/** What a change of the level needs of the board. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Changes SYSDIV2 under a UART that keeps its baud rate; false, with nothing changed, if it could not. */
bool levels_clock_uart(uint32_t sysdiv);
