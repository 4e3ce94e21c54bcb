/**
 * Words of a level: [voltage: 0 Range 1 boost, 1 Range 1, 2 Range 2, 3 the board's external SMPS; MSI range 0..11; PLLN, 0 without PLL; PLLR 2, 4, 6 or 8].
 * Without PLL the core runs from the MSI; with it from MSI * PLLN / PLLR (PLLM is 1). Flash wait states follow from clock and range.
 */
#include "clocks.h"

#include "port.h"
#include "registers.h"
#include "timer_count.h"

enum { WORD_VOLTAGE, WORD_MSI, WORD_PLLN, WORD_PLLR, WORDS };
enum { BOOST, RANGE1, RANGE2, SMPS, VOLTAGES };
enum { MSI_RANGES = 12, MSI_4MHZ = 6, VOS_RANGE1 = 1, VOS_RANGE2 = 2 };
enum { PLL_INPUT_MIN_HZ = 4000000, PLL_INPUT_MAX_HZ = 16000000, VCO_MIN_HZ = 64000000, VCO_MAX_HZ = 344000000, VCO_MAX_RANGE2_HZ = 128000000 };
enum { PLLN_MIN = 8, PLLN_MAX = 127, HALF_SPEED_ABOVE_HZ = 80000000, HALF_SPEED_READS = 120 };
/* ST's BSP for the Nucleo-144-P (stm32l4xx_nucleo_144.h, ADP5301): PG11 enables, PG12 says that it is good, PG13 connects it to VDD12. */
enum { PIN_SMPS_ENABLE = 11, PIN_SMPS_GOOD = 12, PIN_SMPS_SWITCH = 13, SMPS_GOOD_US = 10000 };

/* RM0432, "MSI clock": frequencies of MSIRANGE. */
static const uint32_t msi_hertz[MSI_RANGES] = {100000, 200000, 400000, 800000, 1000000, 2000000, 4000000, 8000000, 16000000, 24000000, 32000000, 48000000};

/*
 * RM0432, "Dynamic voltage scaling management": core supply and highest clock; "Read access latency": step of the wait states (as in ST's
 * stm32l4xx_ll_utils.c). With the SMPS the regulator stands in Range 2 and ST's examples run at 80 MHz; wait states as for Range 2, to be safe.
 * Its 1.1 V are assumed.
 */
static const struct {
  uint32_t millivolts, hertz_max, hertz_per_wait_state;
} voltages[VOLTAGES] = {{1280, 120000000, 20000000}, {1200, 80000000, 20000000}, {1000, 26000000, 8000000}, {1100, 80000000, 8000000}};

static uint32_t level_hertz(const uint32_t *words) {
  uint32_t msi = msi_hertz[words[WORD_MSI]];
  return words[WORD_PLLN] == 0 ? msi : msi * words[WORD_PLLN] / words[WORD_PLLR];
}

static bool words_allowed(const uint32_t *words, uint32_t count) {
  if (count != WORDS || words[WORD_VOLTAGE] >= VOLTAGES || words[WORD_MSI] >= MSI_RANGES) return false;
  uint32_t n = words[WORD_PLLN], r = words[WORD_PLLR], msi = msi_hertz[words[WORD_MSI]];
  if (n != 0) {
    if (n < PLLN_MIN || n > PLLN_MAX || r < 2 || r > 8 || r % 2 != 0) return false;
    if (msi < PLL_INPUT_MIN_HZ || msi > PLL_INPUT_MAX_HZ) return false;
    uint32_t vco_max = words[WORD_VOLTAGE] == RANGE2 ? VCO_MAX_RANGE2_HZ : VCO_MAX_HZ;
    if (msi * n < VCO_MIN_HZ || msi * n > vco_max) return false;
  } else if (r != 0) {
    return false;
  }
  uint32_t hertz = level_hertz(words);
  /* The microsecond timer divides the clock by a whole number. */
  return hertz <= voltages[words[WORD_VOLTAGE]].hertz_max && hertz % 1000000u == 0;
}

static void wait_for(uint32_t address, uint32_t mask, uint32_t value) {
  while ((REGISTER(address) & mask) != value) {
  }
}

static void change(uint32_t address, uint32_t mask, uint32_t value) {
  REGISTER(address) = (REGISTER(address) & ~mask) | value;
}

static void select_clock(uint32_t source) {
  change(RCC_CFGR, CFGR_SW_MASK, source);
  wait_for(RCC_CFGR, CFGR_SW_MASK << CFGR_SWS_SHIFT, source << CFGR_SWS_SHIFT);
}

static void set_msi(uint32_t range) {
  wait_for(RCC_CR, CR_MSIRDY, CR_MSIRDY);
  change(RCC_CR, 15u << CR_MSIRANGE_SHIFT, range << CR_MSIRANGE_SHIFT | CR_MSIRGSEL);
  wait_for(RCC_CR, CR_MSIRDY, CR_MSIRDY);
}

static void set_wait_states(uint32_t states) {
  change(FLASH_ACR, ACR_LATENCY_MASK, states);
  wait_for(FLASH_ACR, ACR_LATENCY_MASK, states);
}

/** R1MODE counts in Range 1 only, so it is right before Range 1 comes (as in ST's HAL_PWREx_ControlVoltageScaling). */
static void set_voltage(uint32_t voltage) {
  change(PWR_CR5, CR5_R1MODE, voltage == BOOST ? 0 : CR5_R1MODE);
  change(PWR_CR1, CR1_VOS_MASK, (voltage >= RANGE2 ? VOS_RANGE2 : VOS_RANGE1) << CR1_VOS_SHIFT);
  wait_for(PWR_SR2, SR2_VOSF, 0);
}

/** Above 80 MHz the bus clock rises and falls in two steps (RM0432, "Voltage range 1 boost": at least 1 us at half speed). */
static void switch_in_steps(uint32_t source) {
  change(RCC_CFGR, CFGR_HPRE_MASK, CFGR_HPRE_HALF);
  select_clock(source);
  for (uint32_t i = 0; i < HALF_SPEED_READS; i++) (void)REGISTER(RCC_CFGR);
  change(RCC_CFGR, CFGR_HPRE_MASK, 0);
}

static void start_pll(uint32_t hertz) {
  REGISTER(RCC_CR) |= CR_PLLON;
  wait_for(RCC_CR, CR_PLLRDY, CR_PLLRDY);
  if (hertz > HALF_SPEED_ABOVE_HZ) {
    switch_in_steps(CFGR_SW_PLL);
  } else {
    select_clock(CFGR_SW_PLL);
  }
}

static bool on_pll(void) {
  return (REGISTER(RCC_CFGR) >> CFGR_SWS_SHIFT & CFGR_SW_MASK) == CFGR_SW_PLL;
}

static void leave_pll(void) {
  if (on_pll()) {
    if (clocks_hertz() > HALF_SPEED_ABOVE_HZ) {
      switch_in_steps(CFGR_SW_MSI);
    } else {
      select_clock(CFGR_SW_MSI);
    }
  }
  REGISTER(RCC_CR) &= ~(uint32_t)CR_PLLON;
  wait_for(RCC_CR, CR_PLLRDY, 0);
  REGISTER(RCC_PLLCFGR) = 0;
}

/* ---- the board's external SMPS ---- */

static void smps_pin(uint32_t pin, bool high) {
  REGISTER(GPIO_BSRR(PORT_G)) = 1u << (high ? pin : pin + 16u);
}

bool clocks_on_smps(void) {
  return (REGISTER(GPIO_ODR(PORT_G)) & 1u << PIN_SMPS_SWITCH) != 0;
}

/** Starts the SMPS, not yet connected. @return false where none is fitted: it never says that it is good */
static bool smps_start(void) {
  if (clocks_on_smps()) return true;
  smps_pin(PIN_SMPS_SWITCH, false);
  smps_pin(PIN_SMPS_ENABLE, true);
  change(GPIO_PUPDR(PORT_G), 3u << 2 * PIN_SMPS_GOOD, 2u << 2 * PIN_SMPS_GOOD);
  change(GPIO_MODER(PORT_G), 3u << 2 * PIN_SMPS_GOOD | 3u << 2 * PIN_SMPS_ENABLE | 3u << 2 * PIN_SMPS_SWITCH,
         MODE_OUTPUT << 2 * PIN_SMPS_ENABLE | MODE_OUTPUT << 2 * PIN_SMPS_SWITCH);
  uint32_t start = port_micros();
  while ((REGISTER(GPIO_IDR(PORT_G)) & 1u << PIN_SMPS_GOOD) == 0) {
    if (port_micros() - start > SMPS_GOOD_US) {
      smps_pin(PIN_SMPS_ENABLE, false);
      return false;
    }
  }
  return true;
}

static void smps_stop(void) {
  if (!clocks_on_smps()) return;
  smps_pin(PIN_SMPS_SWITCH, false);
  smps_pin(PIN_SMPS_ENABLE, false);
}

void clocks_init(void) {
  REGISTER(FLASH_ACR) |= ACR_PRFTEN | ACR_ICEN | ACR_DCEN;
  set_msi(MSI_4MHZ);
}

/** By way of 4 MHz, which every voltage and the present number of wait states allow. */
bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  (void)index;
  if (!words_allowed(words, count)) return false;
  uint32_t hertz = level_hertz(words), voltage = words[WORD_VOLTAGE];
  if (voltage == SMPS && !smps_start()) return false;
  leave_pll();
  set_msi(MSI_4MHZ);
  if (voltage != SMPS) smps_stop();
  set_voltage(voltage);
  if (voltage == SMPS) smps_pin(PIN_SMPS_SWITCH, true);
  set_wait_states((hertz - 1) / voltages[voltage].hertz_per_wait_state);
  set_msi(words[WORD_MSI]);
  if (words[WORD_PLLN] != 0) {
    REGISTER(RCC_PLLCFGR) = PLLCFGR_SRC_MSI | words[WORD_PLLN] << PLLCFGR_N_SHIFT | PLLCFGR_REN | (words[WORD_PLLR] / 2 - 1) << PLLCFGR_R_SHIFT;
    start_pll(hertz);
  }
  timer_clock_changed(hertz);
  return true;
}

static void read_words(uint32_t *words) {
  uint32_t vos = (REGISTER(PWR_CR1) & CR1_VOS_MASK) >> CR1_VOS_SHIFT;
  words[WORD_VOLTAGE] = vos == VOS_RANGE2 ? (clocks_on_smps() ? SMPS : RANGE2) : (REGISTER(PWR_CR5) & CR5_R1MODE) != 0 ? RANGE1 : BOOST;
  words[WORD_MSI] = REGISTER(RCC_CR) >> CR_MSIRANGE_SHIFT & 15u;
  bool pll = on_pll();
  uint32_t config = REGISTER(RCC_PLLCFGR);
  words[WORD_PLLN] = pll ? config >> PLLCFGR_N_SHIFT & 127u : 0;
  words[WORD_PLLR] = pll ? ((config >> PLLCFGR_R_SHIFT & 3u) + 1) * 2 : 0;
}

uint32_t clocks_hertz(void) {
  uint32_t words[WORDS];
  read_words(words);
  return words[WORD_MSI] < MSI_RANGES ? level_hertz(words) : 0;
}

void clocks_resume(void) {
  if ((REGISTER(RCC_PLLCFGR) & PLLCFGR_REN) == 0 || timer_hertz() == clocks_hertz()) return;
  start_pll(timer_hertz());
}

void port_level_read(struct port_level *level) {
  read_words(level->words);
  level->count = WORDS;
  level->millivolts = voltages[level->words[WORD_VOLTAGE]].millivolts;
  level->hertz = clocks_hertz();
}
