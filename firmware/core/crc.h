/** CRC-16/CCITT-FALSE (poly 0x1021, init 0xFFFF), for lines and frames. CRC-32 is the blob's (`lf_crc32`). */
#pragma once

#include <stdint.h>

enum { CRC16_INIT = 0xffff };

extern const uint16_t crc16_table[256];

static inline uint32_t crc16_step(uint32_t crc, uint8_t byte) {
  return ((crc << 8) & 0xffffu) ^ crc16_table[(crc >> 8) ^ byte];
}

/** One step of CRC-32 (IEEE, reflected), without the initial and final inversion: for streams of single bytes. */
uint32_t crc32_step(uint32_t crc, uint8_t byte);
