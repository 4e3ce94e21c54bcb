#include "sha256.h"

#include "mem.h"

/** Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/** Fractional parts of the square roots of the first 8 primes (FIPS 180-4, 5.3.3). */
static const uint32_t initial_state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static inline uint32_t rotate(uint32_t value, unsigned count) {
  return (value >> count) | (value << (32u - count));
}

static inline uint32_t big_endian(const uint8_t *bytes) {
  return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) | bytes[3];
}

/* One round; the caller rotates the names instead of the values. */
#define ROUND(a, b, c, d, e, f, g, h, word, constant)                                                  \
  do {                                                                                                 \
    uint32_t t = (h) + (rotate((e), 6) ^ rotate((e), 11) ^ rotate((e), 25)) + (((e) & ((f) ^ (g))) ^ (g)) + (constant) + (word); \
    (d) += t;                                                                                          \
    (h) = t + (rotate((a), 2) ^ rotate((a), 13) ^ rotate((a), 22)) + (((a) & (b)) | ((c) & ((a) | (b)))); \
  } while (0)

static void block(uint32_t state[8], const uint8_t *bytes) {
  uint32_t w[64];
  for (unsigned i = 0; i < 16; i++) w[i] = big_endian(bytes + 4 * i);
  for (unsigned i = 16; i < 64; i++) {
    uint32_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >> 3)) + (rotate(y, 17) ^ rotate(y, 19) ^ (y >> 10));
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (unsigned i = 0; i < 64; i += 8) {
    const uint32_t *k = round_constants + i, *x = w + i;
    ROUND(a, b, c, d, e, f, g, h, x[0], k[0]);
    ROUND(h, a, b, c, d, e, f, g, x[1], k[1]);
    ROUND(g, h, a, b, c, d, e, f, x[2], k[2]);
    ROUND(f, g, h, a, b, c, d, e, x[3], k[3]);
    ROUND(e, f, g, h, a, b, c, d, x[4], k[4]);
    ROUND(d, e, f, g, h, a, b, c, x[5], k[5]);
    ROUND(c, d, e, f, g, h, a, b, x[6], k[6]);
    ROUND(b, c, d, e, f, g, h, a, x[7], k[7]);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256(const uint8_t *bytes, uint32_t length, uint8_t digest[32]) {
  uint32_t state[8];
  memcpy(state, initial_state, sizeof state);
  uint32_t left = length;
  for (; left >= 64; left -= 64, bytes += 64) block(state, bytes);
  uint8_t tail[128];
  memset(tail, 0, sizeof tail);
  memcpy(tail, bytes, left);
  tail[left] = 0x80;
  uint32_t end = left < 56 ? 64 : 128;
  uint32_t high_bits = length >> 29, low_bits = length << 3;
  for (unsigned i = 0; i < 4; i++) {
    tail[end - 8 + i] = (uint8_t)(high_bits >> (24 - 8 * i));
    tail[end - 4 + i] = (uint8_t)(low_bits >> (24 - 8 * i));
  }
  for (uint32_t at = 0; at < end; at += 64) block(state, tail + at);
  for (unsigned i = 0; i < 32; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}
