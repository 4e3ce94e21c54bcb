#include "power.h"

#include "cpu.h"
#include "port.h"
#include "registers.h"

/* CHIPREV.REVMAJ and REVMIN, of which the low byte is made: A1 is 0x12, B0 0x21 (am_hal_mcuctrl.h). */
enum { REVISION_MASK = 0xff, REVISION_A1 = 0x12, REVISION_B0 = 0x21 };
/* 16 Hz from the low-frequency RC oscillator, 8 s. */
enum { WATCHDOG_TICKS = 128 };
static const uint32_t watchdog = WDT_16HZ | WATCHDOG_TICKS << WDT_RESET_SHIFT | WDT_RESEN;

static uint32_t reset_status;

static void change(uint32_t address, uint32_t mask, uint32_t value) {
  REGISTER(address) = (REGISTER(address) & ~mask) | value;
}

/** Low-power trims of the core and memory buck, as am_hal_pwrctrl_low_power_init sets them. */
static void init_bucks(void) {
  uint32_t revision = REGISTER(CHIPREV) & REVISION_MASK;
  if (revision >= REVISION_B0) {
    change(SIMOBUCK2, 0xffu << 16, 3u << 20 | 2u << 16);
    change(SIMOBUCK3, 0xfu << 27 | 0xffffu, 3u << 27 | 1u << 12 | 6u << 8 | 2u << 4 | 5u);
    change(SIMOBUCK4, 0xfu, 3u);
  }
  if (revision >= REVISION_A1) change(SIMOBUCK4, 1u << 24, 0);
  REGISTER(SUPPLYSRC) |= SUPPLY_BLEBUCKEN;
}

/** All memories on while awake; asleep all RAM is kept, flash and cache are off: deep sleep ends with a cold cache. */
static void init_memories(void) {
  REGISTER(MEMPWREN) |= MEMORY_ALL | MEMORY_CACHE;
  while ((REGISTER(MEMPWRSTATUS) & MEMORY_ALL) != MEMORY_ALL) {
  }
  REGISTER(MEMPWDINSLEEP) = MEMORY_FLASH | SLEEP_CACHE;
}

static void start_watchdog(void) {
  REGISTER(WDT_CFG) = watchdog | WDT_WDTEN;
  REGISTER(WDT_RSTRT) = WDT_RESTART;
}

void power_init(void) {
  reset_status = REGISTER(RSTGEN_STAT);
  REGISTER(RSTGEN_STAT) = 0;
  init_bucks();
  init_memories();
  REGISTER(RSTGEN_CFG) |= RSTGEN_WDREN;
  start_watchdog();
}

const char *port_reset_reason(void) {
  if ((reset_status & STAT_WATCHDOG) != 0) return "watchdog";
  if ((reset_status & STAT_BROWN_OUT) != 0) return "brownout";
  return 0;
}

void port_progress(void) {
  REGISTER(WDT_RSTRT) = WDT_RESTART;
}

/** The watchdog's clock goes on in sleep, and a core that sleeps is not hung. */
static void wait(void) {
  REGISTER(WDT_CFG) = watchdog;
  cpu_wait_for_interrupt();
  start_watchdog();
}

void power_sleep(void) {
  wait();
}

void power_deep_sleep(void) {
  REGISTER(SCB_SCR) |= SCR_SLEEPDEEP;
  wait();
  REGISTER(SCB_SCR) &= ~(uint32_t)SCR_SLEEPDEEP;
}
