/**
 * STIMER counts HFRC / 16 = 3 MHz at every level, burst included, asleep too. Its 32 bits wrap after 24 minutes, at no power of two of
 * microseconds: what passed is added up whenever time is asked for, which the core does far more often.
 */
#include "timer.h"

#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "power.h"
#include "registers.h"

/* Deep sleep from here on: what coming back costs (wake-up, cold cache) is tens of microseconds. Assumed, with a margin. */
enum { TICKS_A_MICROSECOND = 3, DEEP_FROM_US = 1000, MOST_US = 600000000, LEAST_TICKS = 6 };

static uint32_t last, ticks, micros;
static volatile bool fired;

void timer_init(void) {
  REGISTER(STCFG) = STCFG_CLEAR;
  REGISTER(STCFG) = STCFG_HFRC_DIV16;
  last = REGISTER(STTMR);
  REGISTER(STMINTCLR) = STMINT_COMPARE_A;
  REGISTER(STMINTEN) = STMINT_COMPARE_A;
  cpu_enable_irq(STIMER_CMPR0_IRQ);
}

uint32_t port_micros(void) {
  uint32_t mask = cpu_mask_interrupts();
  uint32_t now = REGISTER(STTMR);
  ticks += now - last;
  last = now;
  micros += ticks / TICKS_A_MICROSECOND;
  ticks %= TICKS_A_MICROSECOND;
  uint32_t result = micros;
  cpu_restore_interrupts(mask);
  return result;
}

void compare_handler(void) {
  REGISTER(STMINTCLR) = STMINT_COMPARE_A;
  fired = true;
}

/** What is written to the compare register is added to the count; only while the comparison is off (am_hal_stimer_compare_delta_set). */
static void compare_in(uint32_t delta) {
  fired = false;
  REGISTER(STCFG) &= ~(uint32_t)STCFG_COMPARE_A;
  REGISTER(STMINTCLR) = STMINT_COMPARE_A;
  REGISTER(SCMPR0) = delta < LEAST_TICKS ? LEAST_TICKS : delta;
  REGISTER(STCFG) |= STCFG_COMPARE_A;
}

void port_idle_us(uint32_t microseconds) {
  uint32_t start = port_micros();
  for (;;) {
    uint32_t passed = port_micros() - start;
    if (passed >= microseconds) break;
    uint32_t left = microseconds - passed < MOST_US ? microseconds - passed : MOST_US;
    uint32_t mask = cpu_mask_interrupts();
    compare_in((left + 1) * TICKS_A_MICROSECOND);
    while (!fired) {
      if (left >= DEEP_FROM_US && port_uart_idle()) power_deep_sleep();
      else power_sleep();
      cpu_restore_interrupts(mask);
      mask = cpu_mask_interrupts();
    }
    cpu_restore_interrupts(mask);
  }
  REGISTER(STCFG) &= ~(uint32_t)STCFG_COMPARE_A;
}

void port_sleep(void) {
  power_sleep();
}
