#include "clocks.h"

#include "port.h"
#include "registers.h"

/*
 * Words of a level: [VREG VSEL, PLL_SYS FBDIV, POSTDIV1 << 4 | POSTDIV2, REFDIV];
 * clock = 12 MHz / REFDIV * FBDIV / (POSTDIV1 * POSTDIV2).
 */
enum { WORD_VSEL, WORD_FBDIV, WORD_POSTDIV, WORD_REFDIV, WORDS };

enum {
  VCO_MIN_HZ = 750000000, VCO_MAX_HZ = 1600000000, /* data sheet 8.6 */
  REFERENCE_MIN_HZ = 5000000,
  FBDIV_MIN = 16, FBDIV_MAX = 320,
  SYSTEM_MAX_HZ = 150000000,  /* data sheet, chapter 1 */
  SYSTEM_MIN_HZ = 14400000,   /* PL011: its clock (24 MHz at most here) may be 5/3 of the bus clock */
  VSEL_LOWEST = 5, VSEL_START = 11, VSEL_HIGHEST = 12, /* 0.80, 1.10 and 1.15 V; DVDD may be 1.16 V (14.9.5) */
  BROWNOUT_BASE_MILLIVOLTS = 473, BROWNOUT_STEP_MILLIVOLTS = 43, BROWNOUT_MARGIN_MILLIVOLTS = 100,
  VOLTAGE_SETTLE_US = 1000,   /* the SDK's default (hardware_clocks) */
  XOSC_STARTUP_DELAY = 47,    /* 1 ms in units of 256 crystal cycles */
};

/** 0.55 V and 50 mV a step, up to 1.40 V (POWMAN VREG.VSEL). */
static uint32_t vsel_millivolts(uint32_t vsel) {
  return 550u + 50u * vsel;
}

static uint32_t vsel_now(void) {
  return REGISTER(POWMAN_VREG) >> 4 & 31u;
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

/** The auxiliary source's multiplexer has glitches: it changes only while the system runs from the reference. */
static void system_from_reference(void) {
  CLEAR_BITS(CLK_SYS_CTRL, CLK_SYS_FROM_AUX);
  while (REGISTER(CLK_SYS_SELECTED) != 1u << CLK_SYS_FROM_REF) {
  }
}

static void system_from_pll(void) {
  CLEAR_BITS(CLK_SYS_CTRL, CLK_SYS_AUX_MASK); /* PLL_SYS is auxiliary source 0 */
  SET_BITS(CLK_SYS_CTRL, CLK_SYS_FROM_AUX);
  while (REGISTER(CLK_SYS_SELECTED) != 1u << CLK_SYS_FROM_AUX) {
  }
}

/** PLL_SYS anew, with the system on the 12 MHz reference meanwhile. */
static void set_system(uint32_t refdiv, uint32_t fbdiv, uint32_t postdiv) {
  system_from_reference();
  start_pll(PLL_SYS, refdiv, fbdiv, postdiv >> 4, postdiv & 15u);
  system_from_pll();
}

/** The brown-out detector follows 100 mV below, so that low levels do not reset the chip. */
static void set_brownout(uint32_t millivolts) {
  uint32_t step = (millivolts - BROWNOUT_MARGIN_MILLIVOLTS - BROWNOUT_BASE_MILLIVOLTS) / BROWNOUT_STEP_MILLIVOLTS;
  REGISTER(POWMAN_BOD) = POWMAN_PASSWORD | step << 4 | BOD_ENABLE;
}

/** The regulator ignores what is written while it still carries out the last wish. */
static void set_vsel(uint32_t vsel) {
  while ((REGISTER(POWMAN_VREG) & VREG_UPDATING) != 0) {
  }
  REGISTER(POWMAN_VREG) = POWMAN_PASSWORD | vsel << 4;
}

static void await_voltage(void) {
  while ((REGISTER(POWMAN_VREG) & VREG_UPDATING) != 0 || (REGISTER(POWMAN_VREG_STS) & VREG_STS_OK) == 0) {
  }
}

static void set_voltage(uint32_t vsel) {
  bool rises = vsel > vsel_now();
  if (!rises) set_brownout(vsel_millivolts(vsel));
  set_vsel(vsel);
  await_voltage();
  wait_us(VOLTAGE_SETTLE_US);
  if (rises) set_brownout(vsel_millivolts(vsel));
}

static void start_ticks(uint32_t unit) {
  REGISTER(TICKS_CTRL(unit)) = 0;
  REGISTER(TICKS_CYCLES(unit)) = XOSC_HZ / 1000000;
  REGISTER(TICKS_CTRL(unit)) = TICKS_ENABLE;
  while ((REGISTER(TICKS_CTRL(unit)) & TICKS_RUNNING) == 0) {
  }
}

void clocks_init(void) {
  REGISTER(XOSC_STARTUP) = XOSC_STARTUP_DELAY;
  REGISTER(XOSC_CTRL) = XOSC_ENABLE_1_15MHZ;
  while ((REGISTER(XOSC_STATUS) & XOSC_STABLE) == 0) {
  }
  system_from_reference(); /* the boot ROM may have left it on the ring oscillator's auxiliary way */
  REGISTER(CLK_REF_CTRL) = CLK_REF_FROM_XOSC;
  while (REGISTER(CLK_REF_SELECTED) != 1u << CLK_REF_FROM_XOSC) {
  }
  REGISTER(CLK_SYS_DIV) = CLK_SYS_DIV_ONE;
  start_ticks(TICKS_TIMER0);
  start_ticks(TICKS_WATCHDOG);
  REGISTER(POWMAN_VREG_CTRL) = POWMAN_PASSWORD | (REGISTER(POWMAN_VREG_CTRL) & VREG_CTRL_KEEP) | VREG_CTRL_UNLOCK;
  /* A watchdog's restart leaves the voltage as the last level set it (data sheet 7.3.1: POWMAN is not reset), or rising still. */
  set_voltage(VSEL_START);
  set_system(1, 125, 0x52);
}

uint32_t clocks_uart(bool fast) {
  CLEAR_BITS(CLK_PERI_CTRL, CLK_PERI_ENABLE);
  while ((REGISTER(CLK_PERI_CTRL) & CLK_PERI_ENABLED) != 0) {
  }
  if (fast) start_pll(PLL_USB, 1, 84, 7, 6);
  else REGISTER(PLL_USB + PLL_PWR) = PLL_PWR_ALL_DOWN;
  uint32_t source = fast ? CLK_PERI_FROM_PLL_USB : CLK_PERI_FROM_XOSC;
  REGISTER(CLK_PERI_CTRL) = source;
  REGISTER(CLK_PERI_CTRL) = CLK_PERI_ENABLE | source;
  return fast ? XOSC_HZ * 2u : XOSC_HZ;
}

bool clocks_can_lower(void) {
  return vsel_now() > VSEL_LOWEST;
}

uint32_t clocks_stop(bool lower) {
  uint32_t vsel = vsel_now();
  system_from_reference();
  REGISTER(PLL_SYS + PLL_PWR) = PLL_PWR_ALL_DOWN; /* its dividers keep what the level set */
  REGISTER(ROSC_CTRL) = ROSC_DISABLE;
  if (lower && vsel > VSEL_LOWEST) {
    set_brownout(vsel_millivolts(VSEL_LOWEST));
    set_vsel(VSEL_LOWEST);
  }
  return vsel;
}

bool clocks_raise(uint32_t vsel) {
  if (vsel == vsel_now()) return false;
  set_vsel(vsel);
  return true;
}

void clocks_start(uint32_t vsel) {
  uint32_t prim = REGISTER(PLL_SYS + PLL_PRIM);
  REGISTER(ROSC_CTRL) = ROSC_ENABLE;
  await_voltage();
  set_brownout(vsel_millivolts(vsel));
  start_pll(PLL_SYS, REGISTER(PLL_SYS + PLL_CS) & 0x3fu, REGISTER(PLL_SYS + PLL_FBDIV) & 0xfffu, prim >> 16 & 7u, prim >> 12 & 7u);
  while ((REGISTER(ROSC_STATUS) & ROSC_STABLE) == 0) {
  }
  system_from_pll();
}

static bool words_allowed(const uint32_t *words, uint32_t count) {
  if (count != WORDS) return false;
  uint32_t refdiv = words[WORD_REFDIV], fbdiv = words[WORD_FBDIV];
  uint32_t postdiv1 = words[WORD_POSTDIV] >> 4, postdiv2 = words[WORD_POSTDIV] & 15u;
  if (words[WORD_VSEL] < VSEL_LOWEST || words[WORD_VSEL] > VSEL_HIGHEST) return false;
  if (refdiv == 0 || XOSC_HZ / refdiv < REFERENCE_MIN_HZ || fbdiv < FBDIV_MIN || fbdiv > FBDIV_MAX) return false;
  if (postdiv1 < 1 || postdiv1 > 7 || postdiv2 < 1 || postdiv2 > 7) return false;
  uint32_t vco = XOSC_HZ / refdiv * fbdiv, hertz = vco / (postdiv1 * postdiv2);
  return vco >= VCO_MIN_HZ && vco <= VCO_MAX_HZ && hertz >= SYSTEM_MIN_HZ && hertz <= SYSTEM_MAX_HZ;
}

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  if (!words_allowed(words, count)) return false;
  bool rises = words[WORD_VSEL] > vsel_now();
  if (rises) set_voltage(words[WORD_VSEL]);
  set_system(words[WORD_REFDIV], words[WORD_FBDIV], words[WORD_POSTDIV]);
  if (!rises) set_voltage(words[WORD_VSEL]);
  REGISTER(WATCHDOG_SCRATCH0) = index; /* kept over a reset, for a debugger */
  return true;
}

uint32_t clocks_system_hertz(void) {
  if ((REGISTER(CLK_SYS_SELECTED) & 1u << CLK_SYS_FROM_AUX) == 0) return XOSC_HZ;
  uint32_t refdiv = REGISTER(PLL_SYS + PLL_CS) & 0x3fu, fbdiv = REGISTER(PLL_SYS + PLL_FBDIV) & 0xfffu;
  uint32_t prim = REGISTER(PLL_SYS + PLL_PRIM);
  return XOSC_HZ / refdiv * fbdiv / ((prim >> 16 & 7u) * (prim >> 12 & 7u));
}

void port_level_read(struct port_level *level) {
  uint32_t prim = REGISTER(PLL_SYS + PLL_PRIM);
  level->words[WORD_VSEL] = vsel_now();
  level->words[WORD_FBDIV] = REGISTER(PLL_SYS + PLL_FBDIV) & 0xfffu;
  level->words[WORD_POSTDIV] = (prim >> 16 & 7u) << 4 | (prim >> 12 & 7u);
  level->words[WORD_REFDIV] = REGISTER(PLL_SYS + PLL_CS) & 0x3fu;
  level->count = WORDS;
  level->millivolts = vsel_millivolts(level->words[WORD_VSEL]);
  level->hertz = clocks_system_hertz();
}
