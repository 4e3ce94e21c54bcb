/**
 * Tests mem.c on the host against byte loops: all alignments and lengths of a small buffer. Built with
 * -Dmemcpy=own_memcpy (and so on), so that libc keeps its own. Prints the number of failures.
 */
#include <stdint.h>
#include <stdio.h>

#include "mem.h"

enum { ROOM = 64 };

static uint8_t expected[ROOM], actual[ROOM], source[ROOM];
static unsigned failures;

static void prepare(void) {
  for (unsigned i = 0; i < ROOM; i++) {
    expected[i] = actual[i] = (uint8_t)(200u - i);
    source[i] = (uint8_t)(i * 7u + 1u);
  }
}

static void compare(void) {
  for (unsigned i = 0; i < ROOM; i++) failures += expected[i] != actual[i];
}

static void try_case(unsigned to, unsigned from, unsigned length) {
  prepare();
  for (unsigned i = 0; i < length; i++) expected[to + i] = source[from + i];
  failures += memcpy(actual + to, source + from, length) != actual + to;
  compare();

  prepare();
  for (unsigned i = 0; i < length; i++) expected[to + i] = (uint8_t)(200u - (from + i));
  failures += memmove(actual + to, actual + from, length) != actual + to;
  compare();

  prepare();
  for (unsigned i = 0; i < length; i++) expected[to + i] = (uint8_t)(from + 250u);
  failures += memset(actual + to, (int)(from + 250u), length) != actual + to;
  compare();

  prepare();
  for (unsigned i = 0; i < length; i++) actual[to + i] = source[from + i];
  failures += memcmp(actual + to, source + from, length) != 0;
  if (length == 0) return;
  actual[to + length - 1]++;
  failures += memcmp(actual + to, source + from, length) <= 0;
  actual[to + length - 1] = (uint8_t)(actual[to + length - 1] - 2u);
  failures += memcmp(actual + to, source + from, length) >= 0;
}

int main(void) {
  for (unsigned to = 0; to < 9; to++)
    for (unsigned from = 0; from < 9; from++)
      for (unsigned length = 0; length < 40; length++) try_case(to, from, length);
  printf("%u failures\n", failures);
  return 0;
}
