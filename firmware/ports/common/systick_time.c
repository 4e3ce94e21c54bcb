#include "systick_time.h"

#include "cpu.h"

#define SYSTICK_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018u)
enum { ENABLE = 1, INTERRUPT = 2, CORE_CLOCK = 4, LONGEST = 1 << 24, SHORTEST = 64, MICROSECONDS = 1000000 };

static uint32_t core_hertz, micros, period, last;
static uint64_t rest; /* of a microsecond, in ticks times a million */

void systick_handler(void);

/** Adds what has passed. SysTick interrupts once a period, so that none is missed. */
static void update(void) {
  uint32_t mask = cpu_mask_interrupts();
  uint32_t value = SYSTICK_VALUE;
  uint32_t passed = last >= value ? last - value : last + period - value;
  last = value;
  rest += (uint64_t)passed * MICROSECONDS;
  micros += (uint32_t)(rest / core_hertz);
  rest %= core_hertz;
  cpu_restore_interrupts(mask);
}

/** @param ticks until the next interrupt, at most LONGEST */
static void set_period(uint32_t ticks) {
  uint32_t mask = cpu_mask_interrupts();
  update();
  period = ticks;
  SYSTICK_RELOAD = ticks - 1;
  SYSTICK_VALUE = 0; /* the next tick loads the period */
  last = 0;
  cpu_restore_interrupts(mask);
}

void systick_time_start(uint32_t hertz) {
  core_hertz = hertz;
  period = LONGEST;
  SYSTICK_RELOAD = LONGEST - 1;
  SYSTICK_VALUE = 0;
  last = 0;
  SYSTICK_CSR = ENABLE | INTERRUPT | CORE_CLOCK;
}

void systick_time_clock(uint32_t hertz) {
  uint32_t mask = cpu_mask_interrupts();
  update();
  rest = rest * hertz / core_hertz;
  core_hertz = hertz;
  cpu_restore_interrupts(mask);
}

uint32_t systick_time_micros(void) {
  update();
  return micros;
}

void systick_time_sleep(uint32_t microseconds) {
  uint32_t start = systick_time_micros();
  for (;;) {
    uint32_t mask = cpu_mask_interrupts();
    uint32_t passed = systick_time_micros() - start;
    if (passed >= microseconds) {
      cpu_restore_interrupts(mask);
      break;
    }
    uint64_t ticks = (uint64_t)(microseconds - passed) * core_hertz / MICROSECONDS + 1;
    set_period(ticks > LONGEST ? LONGEST : ticks < SHORTEST ? SHORTEST : (uint32_t)ticks);
    cpu_wait_for_interrupt(); /* a pending interrupt ends it, masked or not */
    cpu_restore_interrupts(mask);
  }
  set_period(LONGEST);
}

void systick_handler(void) {
  update();
}
