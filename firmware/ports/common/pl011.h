/** Arm PL011 UART (DDI 0183), as the RP2040 and the Stellaris parts have it: interrupt-driven both ways. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Programs the divisors for `baud` from `clock_hz`, 8N1, FIFOs on, receive and time-out interrupts enabled. */
bool pl011_init(uintptr_t base, uint32_t clock_hz, uint32_t baud);

/** Starts transmission of what the core holds (see `port_uart_kick`). */
void pl011_kick(uintptr_t base);

/** The UART's interrupt: drains the receiver into the core, refills the transmitter from it. */
void pl011_interrupt(uintptr_t base);

/** True when neither FIFO nor shift register holds a byte. */
bool pl011_idle(uintptr_t base);

/** Sends one byte by polling. */
void pl011_put_polled(uintptr_t base, uint8_t byte);
