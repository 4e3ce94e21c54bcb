/** Opens the flash blob: everything in it is checked once, then read in place. */
#ifndef LF_BLOB_H
#define LF_BLOB_H

#include "blob_format.h"

/**
 * Validates everything that is ever read from the blob: magic, version, lengths, CRC, every section, offset and plan.
 * @param blob 4-byte aligned start; @param max_bytes bytes readable from there
 * @return LF_OK, or a negative code with *out untouched
 */
int lf_blob_open(const uint8_t *blob, uint32_t max_bytes, lf_blob *out);

/** Start of the strategy record number `index` (all kinds begin like lf_hold: name, kind); 0 when there is none. */
const lf_hold *lf_blob_strategy(const lf_blob *blob, uint32_t index);

/** CRC-32 (IEEE 802.3) of `length` bytes that follow those already in `crc` (0 to begin). */
uint32_t lf_crc32(uint32_t crc, const uint8_t *bytes, uint32_t length);

#endif
