/* The watchdog: once started it can neither be stopped nor changed until it is reset. */
#include "parts.h"

enum { BASE = 0x40010000, RUNSTATUS = BASE + 0x400, REQSTATUS = BASE + 0x404, CRV = BASE + 0x504, RREN = BASE + 0x508, CONFIG = BASE + 0x50c, RR = BASE + 0x600 };
enum { RELOAD = 0x6e524635, RUN_IN_SLEEP = 1, LEAST_CRV = 0xf };
#define NANOSECONDS 1000000000.0
#define LFCLK_HERTZ 32768.0

static struct {
  bool sleeps;
  uint64_t since;  /* nanoseconds of the last reload, moved on by what the core slept since */
  uint64_t asleep; /* when the core fell asleep */
} dog;

void nrf_watchdog_reset(void) {
  dog.sleeps = false;
  dog.since = dog.asleep = 0;
}

static bool pauses(void) {
  return (*nrf_register(CONFIG) & RUN_IN_SLEEP) == 0;
}

void nrf_watchdog_sleep(bool sleeps) {
  uint64_t now = nrf_machine->nanoseconds();
  if (dog.sleeps && !sleeps && pauses()) dog.since += now - dog.asleep;
  if (!dog.sleeps && sleeps) dog.asleep = now;
  dog.sleeps = sleeps;
}

uint64_t nrf_watchdog_end(void) {
  if (*nrf_register(RUNSTATUS) == 0 || (dog.sleeps && pauses())) return UINT64_MAX;
  return dog.since + (uint64_t)(((double)*nrf_register(CRV) + 1) * NANOSECONDS / LFCLK_HERTZ);
}

void nrf_watchdog_tick(void) {
  if (nrf_machine->nanoseconds() < nrf_watchdog_end()) return;
  *nrf_register(RUNSTATUS) = 0;
  nrf_machine->restart(RESET_DOG);
}

static void start(void) {
  if (*nrf_register(CRV) < LEAST_CRV) nrf_broken("a watchdog's CRV below 0xF", CRV);
  if (*nrf_register(RUNSTATUS) != 0) return;
  *nrf_register(RUNSTATUS) = 1;
  *nrf_register(REQSTATUS) = *nrf_register(RREN);
  dog.since = nrf_machine->nanoseconds();
}

static void reload(unsigned request) {
  if (*nrf_register(RR + 4 * request) != RELOAD) nrf_broken("watchdog reloaded with another value than 0x6E524635", RR + 4 * request);
  if ((*nrf_register(RREN) >> request & 1) == 0) nrf_broken("a reload request that RREN does not enable", RR + 4 * request);
  *nrf_register(REQSTATUS) &= ~(1u << request);
  if (*nrf_register(REQSTATUS) != 0) return;
  *nrf_register(REQSTATUS) = *nrf_register(RREN);
  dog.since = nrf_machine->nanoseconds();
}

void nrf_watchdog_touch(enum touch touch, uint32_t address, uint32_t before) {
  (void)before;
  if (touch == TOUCH_READ) return;
  if (touch == TOUCH_TASK) start();
  else if (address >= RR) reload((address - RR) / 4);
  else if (address >= CRV && *nrf_register(RUNSTATUS) != 0) nrf_broken("the watchdog configured while it runs, which changes nothing", address);
}
