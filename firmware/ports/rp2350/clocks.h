/** Clock tree and core voltage of the RP2350. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { XOSC_HZ = 12000000 };

/** Crystal, 12 MHz reference, microsecond ticks, and the level that the port starts with: 150 MHz at 1.10 V. */
void clocks_init(void);

/** Feeds the UART with the crystal, or with 24 MHz from PLL_USB when `fast`. @return its clock in Hz */
uint32_t clocks_uart(bool fast);

/** True if the level's core voltage is above the lowest. */
bool clocks_can_lower(void);

/**
 * Crystal only: system clock from it, PLL_SYS and ring oscillator off, and the core voltage at its lowest where `lower` says so.
 * @return the level's VSEL, for the way back
 */
uint32_t clocks_stop(bool lower);

/** Begins the way back. @return true if the core voltage rises: `clocks_start` may follow when it has settled */
bool clocks_raise(uint32_t vsel);

/** Ends it: ring oscillator, the PLL as the level set it, and the system clock from it. */
void clocks_start(uint32_t vsel);

/** The system clock in Hz, computed from the registers. */
uint32_t clocks_system_hertz(void);
