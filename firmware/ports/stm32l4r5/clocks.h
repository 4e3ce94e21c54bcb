/** Clock tree and core voltage of the STM32L4R5. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Flash caches on, and the level that the port starts with: 4 MHz MSI in Range 1, as after reset. */
void clocks_init(void);

/** The system clock in Hz, computed from the registers. */
uint32_t clocks_hertz(void);

/** True while the core is fed by the board's external SMPS; Stop 2 is not entered then. */
bool clocks_on_smps(void);

/** Starts PLL and clock again after Stop 2, which leaves the core on the MSI. */
void clocks_resume(void);
