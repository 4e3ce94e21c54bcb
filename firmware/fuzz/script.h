/** Reads a fuzzer's input piece by piece; after its end come zeros. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct script {
  const uint8_t *bytes;
  size_t left;
};

static inline uint8_t script_byte(struct script *script) {
  if (script->left == 0) return 0;
  script->left--;
  return *script->bytes++;
}

static inline uint32_t script_word(struct script *script) {
  uint32_t word = 0;
  for (int i = 0; i < 4; i++) word = word << 8 | script_byte(script);
  return word;
}

/** Up to eight bytes of the input, again and again: windows that repeat, and need few bytes. */
static inline void script_fill(struct script *script, uint8_t *to, size_t count) {
  uint8_t pattern[8];
  size_t length = script_byte(script) % sizeof pattern + 1u;
  for (size_t i = 0; i < length; i++) pattern[i] = script_byte(script);
  for (size_t i = 0; i < count; i++) to[i] = pattern[i % length];
}
