/* TIMER0 in timer mode, and the watchdog. */
#include <string.h>

#include "parts.h"

enum {
  BASE = 0x40008000,
  START = BASE,
  STOP = BASE + 0x4,
  CLEAR = BASE + 0xc,
  SHUTDOWN = BASE + 0x10,
  CAPTURE = BASE + 0x40,
  COMPARE = BASE + 0x140,
  INTENSET = BASE + 0x304,
  MODE = BASE + 0x504,
  BITMODE = BASE + 0x508,
  PRESCALER = BASE + 0x510,
  CC = BASE + 0x540,
  CHANNELS = 6,
};
#define NANOSECONDS 1000000000.0

static struct {
  bool runs;
  uint32_t base;                   /* the count at `since` */
  uint64_t since;                  /* nanoseconds */
  uint64_t meets[CHANNELS];        /* nanoseconds at which the count is next equal to CC; UINT64_MAX: it never is */
} timer;

static double hertz(void) {
  return 16e6 / (1u << *nrf_register(PRESCALER));
}

static uint32_t mask(void) {
  static const uint32_t masks[] = {0xffff, 0xff, 0xffffff, 0xffffffff};
  return masks[*nrf_register(BITMODE)];
}

static double passed(void) {
  return timer.runs ? (double)(nrf_machine->nanoseconds() - timer.since) * hertz() / NANOSECONDS : 0;
}

static uint32_t count(void) {
  return (timer.base + (uint32_t)(uint64_t)passed()) & mask();
}

/** When the count comes to a compare register: not before the next tick, and after a whole round where it is just there. */
static void aim(unsigned channel) {
  uint32_t distance = (*nrf_register(CC + 4 * channel) - count()) & mask();
  double ticks = (double)(uint64_t)passed() + (distance == 0 ? (double)mask() + 1 : (double)distance);
  timer.meets[channel] = timer.runs ? timer.since + (uint64_t)(ticks * NANOSECONDS / hertz()) + 1 : UINT64_MAX;
}

static void restart(uint32_t from) {
  timer.base = from;
  timer.since = nrf_machine->nanoseconds();
  for (unsigned i = 0; i < CHANNELS; i++) aim(i);
}

void nrf_timer_reset(void) {
  memset(&timer, 0, sizeof timer);
  for (unsigned i = 0; i < CHANNELS; i++) timer.meets[i] = UINT64_MAX;
}

void nrf_timer_tick(void) {
  uint64_t now = nrf_machine->nanoseconds();
  for (unsigned i = 0; i < CHANNELS; i++) {
    if (timer.meets[i] > now) continue;
    *nrf_register(COMPARE + 4 * i) = 1;
    aim(i);
  }
}

static bool asks(unsigned channel) {
  return (*nrf_register(INTENSET) >> (16 + channel) & 1) != 0;
}

bool nrf_timer_wants_interrupt(void) {
  for (unsigned i = 0; i < CHANNELS; i++) {
    if (asks(i) && *nrf_register(COMPARE + 4 * i) != 0) return true;
  }
  return false;
}

uint64_t nrf_timer_left(void) {
  uint64_t first = UINT64_MAX, now = nrf_machine->nanoseconds();
  for (unsigned i = 0; i < CHANNELS; i++) {
    if (asks(i) && timer.meets[i] < first) first = timer.meets[i];
  }
  return first == UINT64_MAX ? first : first - now;
}

static void start(void) {
  if (!nrf_crystal_runs()) nrf_broken("TIMER0 started on the RC oscillator: its time is off by percents (CLOCK.TASKS_HFCLKSTART, HFCLKSTAT)", START);
  if (*nrf_register(MODE) != 0) nrf_broken("TIMER0 in a mode that the model does not have", MODE);
  if (*nrf_register(PRESCALER) > 9) nrf_broken("TIMER0's prescaler above 9", PRESCALER);
  if (timer.runs) return;
  timer.runs = true;
  restart(timer.base);
}

void nrf_timer_touch(enum touch touch, uint32_t address, uint32_t before) {
  if (touch == TOUCH_WRITTEN) {
    bool shape = address == MODE || address == BITMODE || address == PRESCALER;
    if (shape && timer.runs && *nrf_register(address) != before) nrf_broken("MODE, BITMODE or PRESCALER changed while TIMER0 runs", address);
    if (address >= CC) aim((address - CC) / 4);
  }
  if (touch != TOUCH_TASK) return;
  if (address == START) {
    start();
  } else if (address == STOP) {
    nrf_broken("TIMER0 stopped by TASKS_STOP alone, which goes on drawing current (erratum 78: TASKS_SHUTDOWN)", address);
  } else if (address == SHUTDOWN) {
    timer.base = 0;
    timer.runs = false;
  } else if (address == CLEAR) {
    restart(0);
  } else if (address >= CAPTURE) {
    unsigned channel = (address - CAPTURE) / 4;
    if (!timer.runs) nrf_broken("the count captured while TIMER0 stands still", address);
    *nrf_register(CC + 4 * channel) = count();
    aim(channel);
  } else {
    nrf_broken("TASKS_COUNT outside of counter mode", address);
  }
}
