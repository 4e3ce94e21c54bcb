/**
 * The receiver of binary frames, run by the UART interrupt: COBS is decoded and the CRC computed byte by byte, straight
 * into a ring of window slots.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Why a frame was refused. */
enum frame_fault { FRAME_FINE, FRAME_CRC, FRAME_LENGTH, FRAME_SEQUENCE, FRAME_CREDIT };

/** Shared between the interrupt and the main program; 16 bit sequence numbers, running counts for the ring. */
struct frames {
  volatile uint32_t accepted;         /**< Frames taken into slots since the start. */
  volatile uint32_t released;         /**< Slots given back since the start. */
  volatile uint8_t fault;             /**< `enum frame_fault` to report, FRAME_FINE when there is none. */
  volatile bool ended;                /**< Two empty frames in a row. */
  volatile bool flush;                /**< A flush frame with the expected sequence number. */
};
extern struct frames frames;

/** Most slots that are used, whatever the ring could hold. */
enum { FRAMES_MOST_SLOTS = 128 };

/**
 * Divides the ring into slots for windows of `bytes`. @return number of slots
 * The slots keep their contents; a slot's window is at `frames_slot`.
 */
uint32_t frames_layout(uint8_t *ring, uint32_t ring_bytes, uint32_t window_bytes);

/** Window of slot `index`, 4-byte aligned. */
uint8_t *frames_slot(uint32_t index);

/**
 * Starts receiving into slots `first` .. `first + count - 1`, cyclically.
 * @param capacity most frames that may wait unreleased
 * @param any_sequence take the next frame whatever its number
 */
void frames_start(uint32_t first, uint32_t count, uint32_t capacity, bool any_sequence);

/**
 * From now on a frame may hold the last `bytes` of its window only: the window then begins with the end of the one accepted before.
 * Needs a ring of two slots and a capacity below it, so that the window before is still there; 0 ends it.
 */
void frames_tail(uint32_t bytes);

/**
 * The window at a position of the ring, counted from `first`; a tail is completed now, not in the interrupt, which could lose bytes meanwhile.
 * For the windows that wait unreleased, oldest first: each needs the one before it.
 */
uint8_t *frames_window(uint32_t position);

/** Whether the window at a position of the ring came as its second half, the first being the second of the window before it. */
bool frames_halved(uint32_t position);

/** Number of the frame that is expected next. */
uint32_t frames_expected(void);

/** A received byte; called from the UART interrupt. */
void frames_receive(uint8_t byte);
