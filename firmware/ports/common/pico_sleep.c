#include "pico_sleep.h"

#include "clocks.h"
#include "cpu.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"

/*
 * Two depths, told apart by the time that is left and never by guess:
 * - gated: deep sleep of the core, clocks alone that the port's `sleep_init` leaves on (SLEEP_EN): timer, its ticks, UART; PLL and voltage stay, the core is back at once;
 * - stopped: PLL and ring oscillator off, the system on the crystal, the core voltage at its lowest. Back when voltage and PLL are.
 * The UART runs from the crystal in both and wakes the chip: bytes that come meanwhile wait in its FIFO.
 *
 * Going and coming back costs about 4 uJ and saves about 12 mW (fixtures/chips/rp2040.yaml): 0.3 ms would pay for it, the time that it takes
 * is longer, so that what is left must be enough for both.
 */
enum {
  LEAVE_US = 90,        /* the PLL's lock, and code on the crystal's clock */
  STOP_FROM_US = 2000,
  REST_US = 2000,       /* a wait of unknown length: as long as it would cost, then down (at most twice the best choice) */
  VREG_SETTLE_US = 1000,
  /* The receive FIFO has 16 bytes left when it interrupts: 1.39 ms at this rate, longer than both together. */
  LOWERED_MAX_BAUD = 115200,
  CRYSTAL_MAX_BAUD = XOSC_HZ / 16, /* faster lines need PLL_USB */
};

static uint32_t line_baud;
static bool may_gate;
static volatile bool alarm_fired;
static bool resting;

/** Starts the watchdog, full. */
static void watchdog_run(void) {
  REGISTER(WATCHDOG_LOAD) = WATCHDOG_FULL;
  SET_BITS(WATCHDOG_CTRL, WATCHDOG_ENABLE);
}

void port_progress(void) {
  REGISTER(WATCHDOG_LOAD) = WATCHDOG_FULL;
}

void pico_sleep_start(bool gates) {
  may_gate = gates;
  SET_BITS(TIMER_INTE, 1u << TIMER_IRQ | 1u << TIMER_IRQ_1);
  cpu_enable_irq(TIMER_IRQ);
  REGISTER(PSM_WDSEL) = PSM_ALL_BUT_OSCILLATORS;
  watchdog_run();
}

void sleep_line(uint32_t baud) {
  line_baud = baud;
}

/** The watchdog stands still meanwhile: a core that waits for the host is not hung. */
void port_sleep(void) {
  CLEAR_BITS(WATCHDOG_CTRL, WATCHDOG_ENABLE);
  cpu_wait_for_interrupt();
  watchdog_run();
}

void timer_handler(void) {
  REGISTER(TIMER_INTR) = 1u << TIMER_IRQ;
  alarm_fired = true;
}

static void set_alarm(uint32_t microseconds) {
  /* The timer counts whole microseconds: one more, and one against an alarm that is set on the running count. */
  REGISTER(TIMER_ALARM0) = port_micros() + microseconds + 2u;
}

static bool may_stop(void) {
  return may_gate && line_baud <= CRYSTAL_MAX_BAUD && pl011_idle(UART0);
}

/** Asleep on the crystal while the core voltage settles; whatever else waits is served afterwards. Interrupts masked. */
static void settle(void) {
  uint32_t enabled[NVIC_WORDS];
  for (uint32_t i = 0; i < NVIC_WORDS; i++) {
    enabled[i] = REGISTER(NVIC_ENABLE + 4u * i);
    REGISTER(NVIC_DISABLE + 4u * i) = enabled[i];
  }
  REGISTER(NVIC_ENABLE) = 1u << TIMER_IRQ_1;
  REGISTER(TIMER_ALARM1) = port_micros() + VREG_SETTLE_US + 2u;
  while ((REGISTER(TIMER_INTR) & 1u << TIMER_IRQ_1) == 0) cpu_wait_for_interrupt();
  REGISTER(TIMER_INTR) = 1u << TIMER_IRQ_1;
  REGISTER(NVIC_DISABLE) = 1u << TIMER_IRQ_1;
  REGISTER(NVIC_UNPEND) = 1u << TIMER_IRQ_1;
  for (uint32_t i = 0; i < NVIC_WORDS; i++) REGISTER(NVIC_ENABLE + 4u * i) = enabled[i];
}

/** Whether a stop lowers the core voltage: not below a level that has the lowest, nor on a line too fast to wait for its return. */
static bool lowers(void) {
  return line_baud <= LOWERED_MAX_BAUD && clocks_can_lower();
}

/** Stopped until an interrupt is pending; the level is there again on return. Interrupts masked. */
static void stop(void) {
  CLEAR_BITS(WATCHDOG_CTRL, WATCHDOG_ENABLE); /* it would restart into a ring oscillator that is off */
  uint32_t vsel = clocks_stop(lowers());
  cpu_wait_for_interrupt();
  if (clocks_raise(vsel)) settle();
  clocks_start(vsel);
  watchdog_run();
}

void port_rest(void) {
  if (!may_stop()) {
    port_sleep();
    return;
  }
  if (resting && alarm_fired) {
    resting = false;
    stop();
    return;
  }
  alarm_fired = false;
  resting = true;
  set_alarm(REST_US);
  port_sleep();
  REGISTER(TIMER_ARMED) = 1u << TIMER_IRQ; /* it must not interrupt a window */
}

void port_idle_us(uint32_t microseconds) {
  port_progress();
  if (microseconds == 0) return;
  uint32_t start = port_micros(), left = microseconds;
  uint32_t mask = cpu_mask_interrupts();
  resting = false;
  for (;;) {
    if (left >= STOP_FROM_US && may_stop()) {
      set_alarm(left - (lowers() ? LEAVE_US + VREG_SETTLE_US : LEAVE_US));
      stop();
    } else {
      set_alarm(left);
      port_sleep();
    }
    cpu_restore_interrupts(mask);
    uint32_t passed = port_micros() - start;
    if (passed > microseconds) break;
    left = microseconds - passed;
    mask = cpu_mask_interrupts();
  }
  REGISTER(TIMER_ARMED) = 1u << TIMER_IRQ;
}
