/** The blobs that the targets start from: fixtures/corpora/firmware-blob, see README.md. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** All gates of hold strategies; windows of 4 bytes. */
extern const uint8_t hold_blob[], hold_blob_end[];
/** A filtered strategy, and a hold strategy with a drift gate, which are the first two; int16 windows. */
extern const uint8_t filtered_blob[], filtered_blob_end[];

/** Its copy in memory of just this size, 4-byte aligned, to be freed. */
uint8_t *blob_copy(const uint8_t *from, size_t bytes);

/** Makes length and CRC say what the bytes are, so that what follows them is read. */
void blob_seal(uint8_t *blob, size_t bytes);
