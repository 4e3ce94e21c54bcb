/**
 * Bare-metal runtime of the benchmark programs under QEMU: vector table, newlib's system calls, marks. QEMU loads data
 * and cleared RAM from the ELF, so nothing is copied at the start.
 */
#include <stddef.h>
#include <stdint.h>

#include "runtime.h"

#ifndef SCORE_RUNS
#define SCORE_RUNS "1000"
#endif
#define REGISTER(address) (*(volatile uint32_t *)(address))

enum { DOORBELL = 0x20000000, BEGIN_WORD = 4, END_WORD = 5 };
enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026 };

extern char score_stack[], end[];
int main(int argc, char **argv);
void score_start(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    score_stack, (const void *)score_start,
};

static void semihosting(uintptr_t operation, uintptr_t argument) {
  register uintptr_t r0 __asm__("r0") = operation;
  register uintptr_t r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void score_begin(void) {
  REGISTER(DOORBELL + 4 * BEGIN_WORD) = 0;
}

void score_end(void) {
  REGISTER(DOORBELL + 4 * END_WORD) = 0;
}

/* ---- newlib's system calls ---- */

int _write(int file, const char *text, int length) {
  (void)file;
  char piece[65];
  int done = 0;
  while (done < length) {
    int count = 0;
    while (count < 64 && done < length) piece[count++] = text[done++];
    piece[count] = 0;
    semihosting(SYS_WRITE0, (uintptr_t)piece);
  }
  return length;
}

void *_sbrk(ptrdiff_t increment) {
  static char *top = end;
  char *before = top;
  top += increment;
  return before;
}

_Noreturn void _exit(int status) {
  (void)status;
  for (;;) semihosting(SYS_EXIT, APPLICATION_EXIT);
}

/* Its exit() calls what a C++ program would have to end. */
void _fini(void) {
}

#ifdef SCORE_DHRYSTONE
/* Dhrystone asks for the time once before and once behind its loop. */
long time(long *seconds) {
  static int asked;
  (void)seconds;
  if (asked++ == 0) score_begin();
  else score_end();
  return 0;
}
#endif

extern void exit(int) __attribute__((noreturn));

void score_start(void) {
  static char name[] = "score", runs[] = SCORE_RUNS;
  static char *arguments[] = {name, runs, NULL};
  main(2, arguments);
  exit(0);
}
