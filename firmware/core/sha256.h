/** SHA-256 (FIPS 180-4) of memory that can be read in place. */
#pragma once

#include <stdint.h>

void sha256(const uint8_t *bytes, uint32_t length, uint8_t digest[32]);
