/** Sleep until a time, in Stop 2 where it is long enough. */
#include "clocks.h"
#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "timer_count.h"

/*
 * Stop 2 is left by LPTIM1 on the LSI: 32 kHz, from 29.5 to 34 kHz over voltage and temperature (data sheet), so a count for
 * "at least" takes the highest and the time that passed is known to 8 % only. Shorter idles are spent in Sleep, timed by TIM2.
 */
enum { LSI_HZ = 32000, LSI_MAX_HZ = 34000, STOP_FROM_US = 2000, STOP_MAX_US = 1500000 };

static volatile bool fired;

void tim2_handler(void) {
  REGISTER(TIM_DIER) = 0;
  REGISTER(TIM_SR) = 0;
  fired = true;
}

void lptim1_handler(void) {
  REGISTER(LPTIM_ICR) = LPTIM_ALL_FLAGS;
  fired = true;
}

void port_sleep(void) {
  cpu_wait_for_interrupt();
}

static void start_lptim(uint32_t ticks) {
  REGISTER(LPTIM_CR) = 0;
  REGISTER(LPTIM_CFGR) = 0;
  REGISTER(LPTIM_IER) = LPTIM_ARRM; /* only while disabled */
  REGISTER(LPTIM_CR) = LPTIM_ENABLE;
  REGISTER(LPTIM_ICR) = LPTIM_ALL_FLAGS;
  REGISTER(LPTIM_ARR) = ticks; /* only while enabled */
  while ((REGISTER(LPTIM_ISR) & LPTIM_ARROK) == 0) {
  }
  REGISTER(LPTIM_CR) = LPTIM_ENABLE | LPTIM_SINGLE;
}

/** Sleeps until a handler sets `fired`; each wake-up restores the clock before its interrupt is served. */
static void sleep_until_fired(bool stop) {
  uint32_t mask = cpu_mask_interrupts();
  while (!fired) {
    if (stop) REGISTER(SCB_SCR) |= SCR_SLEEPDEEP;
    port_sleep();
    if (stop) {
      REGISTER(SCB_SCR) &= ~(uint32_t)SCR_SLEEPDEEP;
      clocks_resume();
    }
    cpu_restore_interrupts(mask);
    mask = cpu_mask_interrupts();
  }
  cpu_restore_interrupts(mask);
}

static void stop_for(uint32_t microseconds) {
  uint32_t ticks = (uint32_t)((uint64_t)microseconds * LSI_MAX_HZ / 1000000u) + 1u;
  uint32_t count = REGISTER(TIM_CNT);
  /* Without RRSTP, SRAM3 (0x20040000 and up: most of the RAM) would lose its content (RM0432, PWR_CR1). */
  REGISTER(PWR_CR1) = (REGISTER(PWR_CR1) & ~(uint32_t)CR1_LPMS_MASK) | CR1_LPMS_STOP2 | CR1_RRSTP;
  fired = false;
  start_lptim(ticks);
  sleep_until_fired(true);
  REGISTER(LPTIM_CR) = 0;
  /* TIM2 stood still in Stop 2 and went on while interrupts were served. */
  uint32_t awake = REGISTER(TIM_CNT) - count;
  uint32_t passed = (uint32_t)((uint64_t)ticks * 1000000u / LSI_HZ);
  if (passed > awake) timer_stood_still(passed - awake);
}

static void sleep_for(uint32_t microseconds) {
  fired = false;
  uint32_t mask = cpu_mask_interrupts();
  REGISTER(TIM_SR) = 0;
  REGISTER(TIM_CCR1) = REGISTER(TIM_CNT) + microseconds + 2u;
  REGISTER(TIM_DIER) = TIM_CC1;
  cpu_restore_interrupts(mask);
  sleep_until_fired(false);
}

void port_idle_us(uint32_t microseconds) {
  while (microseconds >= STOP_FROM_US && port_uart_idle() && !clocks_on_smps()) {
    uint32_t part = microseconds < STOP_MAX_US ? microseconds : STOP_MAX_US;
    stop_for(part);
    microseconds -= part;
  }
  if (microseconds != 0) sleep_for(microseconds);
}
