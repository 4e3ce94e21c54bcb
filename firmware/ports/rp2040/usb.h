/** The line over the RP2040's own USB port: a CDC-ACM serial device (USB CDC 1.2, PSTN 1.2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Connects to the bus; clk_usb runs at 48 MHz already. Interrupts may be masked. */
void usb_start(void);

/** True while a host has the serial port open (DTR set) and the bus is awake: then it is the line, instead of the UART. */
bool usb_is_line(void);

/** Starts sending what the core put into its transmit ring. */
void usb_kick(void);

/** True when the host has fetched everything. */
bool usb_idle(void);
