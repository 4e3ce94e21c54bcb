/**
 * The UART as the core sees it: a transmit ring that the port's interrupt empties, and a receiver that either keeps
 * command bytes or decodes frames (frames.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Puts one byte into the transmit ring; sleeps while it is full. */
void link_put(uint8_t byte);

/** Starts sending what was put. */
void link_send(void);

/** Waits until everything has left the line. */
void link_drain(void);

/** Takes the next received command byte, or returns -1. */
int link_take(void);

/** Sleeps until a command byte is there. */
void link_wait(void);

/** From now on received bytes go to `frames_receive` (true) or to the command ring (false), which is emptied. */
void link_frames(bool on);
