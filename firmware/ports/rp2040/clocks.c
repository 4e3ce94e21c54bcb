#include "clocks.h"

#include "port.h"
#include "registers.h"
#include "usb.h"

/*
 * Words of a level: [VREG VSEL, PLL_SYS FBDIV, POSTDIV1 << 4 | POSTDIV2, REFDIV];
 * clock = 12 MHz / REFDIV * FBDIV / (POSTDIV1 * POSTDIV2).
 */
enum { WORD_VSEL, WORD_FBDIV, WORD_POSTDIV, WORD_REFDIV, WORDS };

enum {
  VCO_MIN_HZ = 750000000, VCO_MAX_HZ = 1600000000, /* datasheet 2.18.1 */
  REFERENCE_MIN_HZ = 5000000,
  FBDIV_MIN = 16, FBDIV_MAX = 320,
  SYSTEM_MAX_HZ = 200000000,  /* the highest that any datasheet issue allows, from 1.15 V on */
  SYSTEM_MAX_BELOW_HZ = 133000000, VSEL_FAST = 12,
  USB_SYSTEM_MIN_HZ = 48000000, /* clk_sys >= clk_usb: raspberrypi/pico-sdk, issue 1697 */
  SYSTEM_MIN_HZ = 14400000,   /* PL011: its clock (24 MHz at most here) may be 5/3 of the bus clock */
  VSEL_LOWEST = 5, VSEL_START = 11, VSEL_HIGHEST = 15, /* 0.80, 1.10 and 1.30 V */
  BROWNOUT_BASE_MILLIVOLTS = 473, BROWNOUT_STEP_MILLIVOLTS = 43, BROWNOUT_MARGIN_MILLIVOLTS = 100,
  VOLTAGE_SETTLE_US = 1000,
  XOSC_STARTUP_DELAY = 47,    /* 1 ms in units of 256 crystal cycles */
};

/** VSEL 0101 and below give 0.80 V, each step above 50 mV (datasheet 2.10.6). */
static uint32_t vsel_millivolts(uint32_t vsel) {
  return vsel <= VSEL_LOWEST ? 800u : 800u + 50u * (vsel - VSEL_LOWEST);
}

static void wait_us(uint32_t microseconds) {
  uint32_t start = port_micros();
  while (port_micros() - start <= microseconds) {
  }
}

static void start_pll(uint32_t pll, uint32_t refdiv, uint32_t fbdiv, uint32_t postdiv1, uint32_t postdiv2) {
  REGISTER(pll + PLL_PWR) = PLL_PWR_ALL_DOWN;
  REGISTER(pll + PLL_CS) = refdiv;
  REGISTER(pll + PLL_FBDIV) = fbdiv;
  REGISTER(pll + PLL_PWR) = PLL_PWR_VCO_ON;
  while ((REGISTER(pll + PLL_CS) & PLL_CS_LOCK) == 0) {
  }
  REGISTER(pll + PLL_PRIM) = postdiv1 << 16 | postdiv2 << 12;
  REGISTER(pll + PLL_PWR) = PLL_PWR_ON;
}

static void select_system(uint32_t source) {
  REGISTER(CLK_SYS_CTRL) = source;
  while (REGISTER(CLK_SYS_SELECTED) != 1u << source) {
  }
}

/** PLL_SYS anew, with the system on the 12 MHz reference meanwhile (glitchless multiplexer). */
static void set_system(uint32_t refdiv, uint32_t fbdiv, uint32_t postdiv) {
  select_system(CLK_SYS_FROM_REF);
  start_pll(PLL_SYS, refdiv, fbdiv, postdiv >> 4, postdiv & 15u);
  select_system(CLK_SYS_FROM_PLL_SYS);
}

/** The brown-out detector follows 100 mV below, so that low levels do not reset the chip. */
static void set_brownout(uint32_t millivolts) {
  uint32_t step = (millivolts - BROWNOUT_MARGIN_MILLIVOLTS - BROWNOUT_BASE_MILLIVOLTS) / BROWNOUT_STEP_MILLIVOLTS;
  REGISTER(BROWNOUT) = step << 4 | BROWNOUT_ENABLE;
}

static uint32_t current_millivolts(void) {
  return vsel_millivolts(REGISTER(VREG) >> 4 & 15u);
}

static void set_voltage(uint32_t vsel) {
  uint32_t millivolts = vsel_millivolts(vsel);
  bool rises = millivolts > current_millivolts();
  if (!rises) set_brownout(millivolts);
  REGISTER(VREG) = vsel << 4 | VREG_ENABLE;
  while ((REGISTER(VREG) & VREG_OK) == 0) {
  }
  wait_us(VOLTAGE_SETTLE_US);
  if (rises) set_brownout(millivolts);
}

void clocks_init(void) {
  REGISTER(XOSC_STARTUP) = XOSC_STARTUP_DELAY;
  REGISTER(XOSC_CTRL) = XOSC_ENABLE_1_15MHZ;
  while ((REGISTER(XOSC_STATUS) & XOSC_STABLE) == 0) {
  }
  REGISTER(CLK_REF_CTRL) = CLK_REF_FROM_XOSC;
  while (REGISTER(CLK_REF_SELECTED) != 1u << CLK_REF_FROM_XOSC) {
  }
  REGISTER(CLK_SYS_DIV) = 1u << 8;
  REGISTER(WATCHDOG_TICK) = WATCHDOG_TICK_ENABLE | XOSC_HZ / 1000000;
  /* The data sheet does not say that the watchdog resets the voltage: it may be that of the last level, or rising still. */
  set_voltage(VSEL_START);
  set_system(1, 125, 0x62);
}

static bool usb_runs;

void clocks_usb(void) {
  usb_runs = true;
  start_pll(PLL_USB, 1, 120, 6, 5); /* 1,440 MHz / 30 */
  REGISTER(CLK_USB_CTRL) = CLK_USB_ENABLE;
}

uint32_t clocks_uart(bool fast) {
  REGISTER(CLK_PERI_CTRL) = 0;
  if (usb_runs) {
    fast = false;
  } else if (fast) {
    start_pll(PLL_USB, 1, 84, 7, 6);
  } else {
    REGISTER(PLL_USB + PLL_PWR) = PLL_PWR_ALL_DOWN;
  }
  REGISTER(CLK_PERI_CTRL) = CLK_PERI_ENABLE | (fast ? CLK_PERI_FROM_PLL_USB : CLK_PERI_FROM_XOSC);
  return fast ? XOSC_HZ * 2u : XOSC_HZ;
}

static uint32_t vsel_now(void) {
  return REGISTER(VREG) >> 4 & 15u;
}

bool clocks_can_lower(void) {
  return vsel_now() > VSEL_LOWEST;
}

uint32_t clocks_stop(bool lower) {
  uint32_t vsel = vsel_now();
  select_system(CLK_SYS_FROM_REF);
  REGISTER(PLL_SYS + PLL_PWR) = PLL_PWR_ALL_DOWN; /* its dividers keep what the level set */
  REGISTER(ROSC_CTRL) = ROSC_DISABLE;
  if (lower && vsel > VSEL_LOWEST) {
    set_brownout(vsel_millivolts(VSEL_LOWEST));
    REGISTER(VREG) = VSEL_LOWEST << 4 | VREG_ENABLE;
  }
  return vsel;
}

bool clocks_raise(uint32_t vsel) {
  if (vsel == vsel_now()) return false;
  REGISTER(VREG) = vsel << 4 | VREG_ENABLE;
  return true;
}

void clocks_start(uint32_t vsel) {
  uint32_t prim = REGISTER(PLL_SYS + PLL_PRIM);
  REGISTER(ROSC_CTRL) = ROSC_ENABLE;
  while ((REGISTER(VREG) & VREG_OK) == 0) {
  }
  set_brownout(vsel_millivolts(vsel));
  start_pll(PLL_SYS, REGISTER(PLL_SYS + PLL_CS) & 0x3fu, REGISTER(PLL_SYS + PLL_FBDIV) & 0xfffu, prim >> 16 & 7u, prim >> 12 & 7u);
  while ((REGISTER(ROSC_STATUS) & ROSC_STABLE) == 0) {
  }
  select_system(CLK_SYS_FROM_PLL_SYS);
}

static bool words_allowed(const uint32_t *words, uint32_t count) {
  if (count != WORDS) return false;
  uint32_t refdiv = words[WORD_REFDIV], fbdiv = words[WORD_FBDIV];
  uint32_t postdiv1 = words[WORD_POSTDIV] >> 4, postdiv2 = words[WORD_POSTDIV] & 15u;
  if (words[WORD_VSEL] < VSEL_LOWEST || words[WORD_VSEL] > VSEL_HIGHEST) return false;
  if (refdiv == 0 || XOSC_HZ / refdiv < REFERENCE_MIN_HZ || fbdiv < FBDIV_MIN || fbdiv > FBDIV_MAX) return false;
  if (postdiv1 < 1 || postdiv1 > 7 || postdiv2 < 1 || postdiv2 > 7) return false;
  uint32_t vco = XOSC_HZ / refdiv * fbdiv, hertz = vco / (postdiv1 * postdiv2);
  uint32_t highest = words[WORD_VSEL] < VSEL_FAST ? SYSTEM_MAX_BELOW_HZ : SYSTEM_MAX_HZ;
  uint32_t lowest = usb_is_line() ? USB_SYSTEM_MIN_HZ : SYSTEM_MIN_HZ;
  return vco >= VCO_MIN_HZ && vco <= VCO_MAX_HZ && hertz >= lowest && hertz <= highest;
}

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  if (!words_allowed(words, count)) return false;
  bool rises = vsel_millivolts(words[WORD_VSEL]) > current_millivolts();
  if (rises) set_voltage(words[WORD_VSEL]);
  set_system(words[WORD_REFDIV], words[WORD_FBDIV], words[WORD_POSTDIV]);
  if (!rises) set_voltage(words[WORD_VSEL]);
  REGISTER(WATCHDOG_SCRATCH0) = index; /* kept over a reset; an emulator learns the level from it */
  return true;
}

uint32_t clocks_system_hertz(void) {
  if ((REGISTER(CLK_SYS_SELECTED) & 1u << CLK_SYS_FROM_PLL_SYS) == 0) return XOSC_HZ;
  uint32_t refdiv = REGISTER(PLL_SYS + PLL_CS) & 0x3fu, fbdiv = REGISTER(PLL_SYS + PLL_FBDIV) & 0xfffu;
  uint32_t prim = REGISTER(PLL_SYS + PLL_PRIM);
  return XOSC_HZ / refdiv * fbdiv / ((prim >> 16 & 7u) * (prim >> 12 & 7u));
}

void port_level_read(struct port_level *level) {
  uint32_t prim = REGISTER(PLL_SYS + PLL_PRIM);
  level->words[WORD_VSEL] = REGISTER(VREG) >> 4 & 15u;
  level->words[WORD_FBDIV] = REGISTER(PLL_SYS + PLL_FBDIV) & 0xfffu;
  level->words[WORD_POSTDIV] = (prim >> 16 & 7u) << 4 | (prim >> 12 & 7u);
  level->words[WORD_REFDIV] = REGISTER(PLL_SYS + PLL_CS) & 0x3fu;
  level->count = WORDS;
  level->millivolts = vsel_millivolts(level->words[WORD_VSEL]);
  level->hertz = clocks_system_hertz();
}
