#include "clock.h"

#include "cpu.h"
#include "registers.h"

/* The PLL gives 200 MHz; SYSDIV2 divides by one more than its value (data sheet, "RCC2"). */
enum { PLL_PERIOD_NS = 5 };

static uint32_t micros, left_ns, last_value;
static bool interrupting;

void systick_handler(void);

uint32_t clock_period_ns(void) {
  return PLL_PERIOD_NS * (((REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK) + 1);
}

void clock_init(void) {
  REGISTER(SYSTICK_RELOAD) = SYSTICK_MAX;
  REGISTER(SYSTICK_VALUE) = 0;
  REGISTER(SYSTICK_CSR) = SYSTICK_ENABLE | SYSTICK_CORE_CLOCK;
  last_value = 0;
}

void clock_update(void) {
  uint32_t mask = cpu_mask_interrupts();
  uint32_t value = REGISTER(SYSTICK_VALUE);
  /* At most 2^23 ticks of at most 320 ns: fits in 32 bits together with what was left. */
  left_ns += ((last_value - value) & SYSTICK_MAX) * clock_period_ns();
  last_value = value;
  micros += left_ns / 1000;
  left_ns %= 1000;
  cpu_restore_interrupts(mask);
}

void clock_skip(uint32_t microseconds) {
  uint32_t mask = cpu_mask_interrupts();
  micros += microseconds;
  cpu_restore_interrupts(mask);
}

uint32_t clock_micros(void) {
  clock_update();
  return micros;
}

void clock_interrupt(bool on) {
  if (on == interrupting) return;
  interrupting = on;
  clock_update();
  REGISTER(SYSTICK_CSR) = SYSTICK_ENABLE | SYSTICK_CORE_CLOCK | (on ? SYSTICK_INTERRUPT : 0);
}

void systick_handler(void) {
  clock_update();
}
