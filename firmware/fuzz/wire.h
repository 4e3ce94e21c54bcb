/** The host's side of binary frames (PROTOCOL.md). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Bytes on the line of a frame with so much payload, at most. */
#define WIRE_MOST_BYTES(payload) ((payload) + 4u + ((payload) + 4u) / 254u + 2u)

/** A frame with its delimiter. @return bytes written */
size_t wire_frame(uint16_t sequence, const uint8_t *payload, size_t bytes, uint8_t *to);

/** Bytes of a window of a sound blob. */
uint32_t wire_window_bytes(const uint8_t *blob);
