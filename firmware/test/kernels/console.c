#include "console.h"

enum { SYS_WRITE0 = 4, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

static void semihosting(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void put_text(const char *text) { semihosting(SYS_WRITE0, text); }

void put_number(const char *before, uint32_t number, const char *after) {
  char digits[11];
  uint32_t at = sizeof digits - 1;
  digits[at] = 0;
  do digits[--at] = (char)('0' + number % 10u);
  while ((number /= 10u) != 0);
  put_text(before);
  put_text(digits + at);
  put_text(after);
}

_Noreturn void end_emulation(void) {
  uint32_t reason[2] = {APPLICATION_EXIT, 0};
  for (;;) semihosting(SYS_EXIT_EXTENDED, reason);
}
