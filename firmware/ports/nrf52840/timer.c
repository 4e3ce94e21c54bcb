/**
 * TIMER0 counts microseconds of the crystal, asleep too: the UART that listens keeps the fast clock on anyway, so an RTC would save little and is 30 times
 * as coarse. It is never stopped (erratum 78).
 */
#include "timer.h"

#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"

/* A comparison is met by equality: it must lie so far ahead that writing it is over before. */
enum { LEAST_US = 4, MOST_US = 600000000 };

static volatile bool fired;

void timer_init(void) {
  REGISTER(TIMER_MODE) = TIMER_MODE_TIMER;
  REGISTER(TIMER_BITMODE) = BITMODE_32;
  REGISTER(TIMER_PRESCALER) = PRESCALER_1MHZ;
  REGISTER(TIMER_START) = TRIGGER;
  cpu_enable_irq(TIMER0_IRQ);
}

uint32_t port_micros(void) {
  uint32_t mask = cpu_mask_interrupts();
  REGISTER(TIMER_CAPTURE1) = TRIGGER;
  uint32_t now = REGISTER(TIMER_CC1);
  cpu_restore_interrupts(mask);
  return now;
}

/** The read brings the write home before the handler ends: else it might be called once more. */
static void clear_compare(void) {
  REGISTER(TIMER_COMPARE0) = CLEAR_EVENT;
  (void)REGISTER(TIMER_COMPARE0);
}

void timer_handler(void) {
  clear_compare();
  fired = true;
}

void port_idle_us(uint32_t microseconds) {
  uint32_t start = port_micros();
  for (;;) {
    uint32_t passed = port_micros() - start;
    if (passed > microseconds) break; /* both ends are cut to whole microseconds */
    uint32_t left = microseconds - passed < MOST_US ? microseconds + 1 - passed : MOST_US;
    uint32_t mask = cpu_mask_interrupts();
    fired = false;
    REGISTER(TIMER_CC0) = port_micros() + (left < LEAST_US ? LEAST_US : left);
    clear_compare();
    REGISTER(TIMER_INTENSET) = INT_COMPARE0;
    while (!fired) {
      cpu_wait_for_interrupt();
      cpu_restore_interrupts(mask);
      mask = cpu_mask_interrupts();
    }
    REGISTER(TIMER_INTENCLR) = INT_COMPARE0; /* else it would end a sleep 71 minutes later, when the count comes there again */
    cpu_restore_interrupts(mask);
  }
}

void port_sleep(void) {
  cpu_wait_for_interrupt();
}
