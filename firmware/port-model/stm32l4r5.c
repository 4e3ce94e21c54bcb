/**
 * Registers of the STM32L4R5 with the rules of RM0432 that the port must keep. Each access first looks at what the last one changed.
 * Rules are numbered in the messages' order of the chapters: RCC, PWR, FLASH, GPIO, LPUART, DMA, TIM, LPTIM, low-power modes.
 */
#include "stm32l4r5.h"

#include <stdio.h>
#include <string.h>

#include "cpu.h"
#include "model.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"

enum { WORDS = 128, READY_AFTER = 12, STEP_ACCESSES = 100 };

struct cell {
  uintptr_t address;
  volatile uint32_t value;
  uint32_t before;
};
static struct cell cells[WORDS];
static unsigned used;
struct model model = {.smps_fitted = true};

static void broken(const char *rule) {
  for (unsigned i = 0; i < model.broken; i++) {
    if (strcmp(model.rules[i], rule) == 0) return;
  }
  if (model.broken < MODEL_MOST) model.rules[model.broken++] = rule;
}

static struct cell *cell(uintptr_t address) {
  for (unsigned i = 0; i < used; i++) {
    if (cells[i].address == address) return &cells[i];
  }
  if (used == WORDS) broken("more registers than the model has");
  cells[used].address = address;
  return &cells[used++];
}

static uint32_t get(uintptr_t address) {
  return cell(address)->value;
}

/** Sets what the hardware sets: no change of the port's. */
static void put(uintptr_t address, uint32_t value) {
  struct cell *c = cell(address);
  c->value = value;
  c->before = value;
}

void model_reset(void) {
  used = 0;
  memset(cells, 0, sizeof cells);
  put(RCC_CR, 0x63); /* MSI on, ready, 4 MHz */
  put(RCC_CFGR, 0);
  put(PWR_CR1, 1u << 9);
  put(PWR_CR5, CR5_R1MODE);
  put(GPIO_MODER(PORT_F), 0xffffffffu);
  put(GPIO_MODER(PORT_G), 0xffffffffu);
  put(GPIO_IDR(PORT_F), 0xffffu);
  put(LPUART_ISR, UART_TC | UART_TXE);
}

/* ---- clocks ---- */

static const uint32_t msi_hertz[] = {100000, 200000, 400000, 800000, 1000000, 2000000, 4000000, 8000000, 16000000, 24000000, 32000000, 48000000};

static uint32_t msi(void) {
  return msi_hertz[get(RCC_CR) >> 4 & 15u];
}

static uint32_t pll(void) {
  uint32_t c = get(RCC_PLLCFGR);
  return msi() / ((c >> 4 & 15u) + 1) * (c >> 8 & 127u) / (((c >> 25 & 3u) + 1) * 2);
}

uint32_t model_hclk(void) {
  uint32_t cfgr = get(RCC_CFGR), source = cfgr >> 2 & 3u, hertz = source == 3 ? pll() : msi();
  return (cfgr & 0xf0u) == 0x80u ? hertz / 2 : hertz;
}

static bool smps_feeds(void) {
  return (get(GPIO_ODR(PORT_G)) & 1u << 13) != 0;
}

/** Highest clock that voltage (as it is now: a range that still rises counts as the lower) and wait states allow. */
static uint32_t limit(void) {
  bool rising = (get(PWR_SR2) & SR2_VOSF) != 0;
  bool range2 = rising || (get(PWR_CR1) >> 9 & 3u) == 2;
  uint32_t voltage = range2 ? (smps_feeds() ? 80000000 : 26000000) : (get(PWR_CR5) & CR5_R1MODE) != 0 ? 80000000 : 120000000;
  uint32_t flash = ((get(FLASH_ACR) & 15u) + 1) * (range2 ? 8000000u : 20000000u);
  return voltage < flash ? voltage : flash;
}

static unsigned delay_pll, delay_vos, delay_arr, since_step;
static uint32_t hclk_before = 4000000;

static void look_at_clocks(uintptr_t address, uint32_t was, uint32_t now) {
  uint32_t changed = was ^ now;
  if (address == RCC_CR) {
    if ((changed & 0xf0u) != 0 && (now & 2u) == 0) broken("MSI range changed while the MSI is not ready");
    if ((changed & 0xf0u) != 0 && (now & 8u) == 0) broken("MSI range without MSIRGSEL");
    if ((changed & CR_PLLON) != 0 && (now & CR_PLLON) == 0 && (get(RCC_CFGR) >> 2 & 3u) == 3) broken("PLL stopped while it is the system clock");
    if ((changed & CR_PLLON) != 0) delay_pll = READY_AFTER;
    if ((now & CR_HSION) != 0) put(RCC_CR, get(RCC_CR) | CR_HSIRDY);
  }
  if (address == RCC_PLLCFGR && changed != 0) {
    if ((get(RCC_CR) & (CR_PLLON | CR_PLLRDY)) != 0) broken("PLL configured while it runs");
    if (now != 0) {
      uint32_t vco = msi() * (now >> 8 & 127u);
      if ((now & 3u) != 1) broken("PLL source is not the MSI");
      if (msi() < 2660000 || msi() > 16000000) broken("PLL input outside 2.66 to 16 MHz");
      if (vco < 64000000 || vco > 344000000) broken("VCO outside 64 to 344 MHz");
      if ((get(PWR_CR1) >> 9 & 3u) == 2 && !smps_feeds() && vco > 128000000) broken("VCO above 128 MHz in Range 2");
    }
  }
  if (address == RCC_CFGR && (changed & 3u) != 0) {
    if ((now & 3u) == 3 && (get(RCC_CR) & CR_PLLRDY) == 0) broken("system clock set to a PLL that is not ready");
    if ((now & 3u) == 3 && (get(RCC_PLLCFGR) & PLLCFGR_REN) == 0) broken("system clock set to a PLL output that is off");
    if (pll() > 80000000 && (now & 0xf0u) != 0x80u) broken("clock switched from or to above 80 MHz without a step at half speed");
    put(RCC_CFGR, (now & ~12u) | (now & 3u) << 2);
    since_step = 0;
  }
  if (address == RCC_CFGR && (changed & 0xf0u) != 0 && (now & 0xf0u) == 0 && since_step < STEP_ACCESSES) broken("half speed left before 1 us");
}

static void look_at_power(uintptr_t address, uint32_t was, uint32_t now) {
  uint32_t vos_was = was >> 9 & 3u, vos_now = now >> 9 & 3u;
  if (address != PWR_CR1 || vos_was == vos_now) return;
  if (vos_now != 1 && vos_now != 2) broken("VOS neither Range 1 nor Range 2");
  if (vos_now == 2 && hclk_before > 26000000) broken("Range 2 entered above 26 MHz");
  if (vos_now == 1) {
    put(PWR_SR2, get(PWR_SR2) | SR2_VOSF);
    delay_vos = READY_AFTER;
  }
}

/* ---- peripherals ---- */

static void look_at_lpuart(uintptr_t address, uint32_t was, uint32_t now) {
  bool on = (get(LPUART_CR1) & UART_UE) != 0;
  if ((address == LPUART_BRR || address == LPUART_CR3) && was != now && on) broken("LPUART configured while it is on");
  if (address == LPUART_BRR && (now < 0x300 || now > 0xfffff)) broken("LPUART BRR outside 0x300 to 0xFFFFF");
  if (address == LPUART_CR1 && (was & UART_UE) == 0 && (now & UART_UE) != 0) {
    if ((get(RCC_CCIPR) >> 10 & 3u) != 2 || (get(RCC_CR) & CR_HSIRDY) == 0) broken("LPUART without its clock");
    if ((get(PWR_CR2) & CR2_IOSV) == 0) broken("PG7 and PG8 used without VDDIO2");
    if ((get(GPIO_AFRL(PORT_G)) >> 28) != 8 || (get(GPIO_AFRH(PORT_G)) & 15u) != 8) broken("PG7 and PG8 are not LPUART1's");
    if ((get(GPIO_MODER(PORT_G)) >> 14 & 15u) != 10u) broken("PG7 and PG8 are no alternate function");
  }
}

static void look_at_dma(uintptr_t address, uint32_t was, uint32_t now) {
  bool on = (get(DMA_CCR) & DMA_EN) != 0;
  if ((address == DMA_CNDTR || address == DMA_CMAR || address == DMA_CPAR) && was != now && on) broken("DMA channel configured while it is on");
  if (address != DMA_CCR || (was & DMA_EN) != 0 || (now & DMA_EN) == 0) return;
  if (get(DMAMUX_CCR) != 35) broken("DMA request is not LPUART1_TX");
  if (get(DMA_CPAR) != LPUART_TDR) broken("DMA does not write LPUART_TDR");
  if ((get(LPUART_CR3) & UART_DMAT) == 0) broken("DMA started with an LPUART that does not ask it");
  put(LPUART_ISR, get(LPUART_ISR) & ~(uint32_t)UART_TC);
}

static void look_at_lptim(uintptr_t address, uint32_t was, uint32_t now) {
  bool on = (get(LPTIM_CR) & 1u) != 0;
  if ((address == LPTIM_CFGR || address == LPTIM_IER) && was != now && on) broken("LPTIM configured while it is on");
  if (address == LPTIM_ARR && !on) broken("LPTIM ARR written while it is off");
  if (address == LPTIM_ARR && now != 0) delay_arr = READY_AFTER;
  if (address == LPTIM_CR && (was & 1u) == 0 && (now & 1u) != 0) put(LPTIM_ARR, 0); /* so that the same count shows as a write */
  if (address == LPTIM_CR && (was & 2u) == 0 && (now & 2u) != 0) {
    if ((get(LPTIM_ISR) & LPTIM_ARROK) == 0) broken("LPTIM started before ARR was taken");
    if ((get(RCC_CCIPR) >> 18 & 3u) != 1 || (get(RCC_CSR) & 2u) == 0) broken("LPTIM without the LSI");
    model.lptim_ticks = get(LPTIM_ARR);
  }
  if (address == LPTIM_ICR) put(LPTIM_ISR, get(LPTIM_ISR) & ~now);
}

static void look_at_pins(uintptr_t address, uint32_t now) {
  for (uint32_t port = PORT_F; port <= PORT_G; port++) {
    if (address != GPIO_BSRR(port)) continue;
    put(GPIO_ODR(port), (get(GPIO_ODR(port)) | (now & 0xffffu)) & ~(now >> 16 & ~now & 0xffffu));
    put(GPIO_BSRR(port), 0);
  }
  bool enabled = (get(GPIO_ODR(PORT_G)) & 1u << 11) != 0 && (get(GPIO_MODER(PORT_G)) >> 22 & 3u) == 1;
  if (enabled && model.smps_fitted) put(GPIO_IDR(PORT_G), get(GPIO_IDR(PORT_G)) | 1u << 12);
  if (!enabled) put(GPIO_IDR(PORT_G), get(GPIO_IDR(PORT_G)) & ~(1u << 12));
  if (smps_feeds() && !enabled) broken("SMPS connected while it is off");
  if (smps_feeds() && (get(GPIO_IDR(PORT_G)) & 1u << 12) == 0) broken("SMPS connected before it is good");
  if (smps_feeds() && (get(PWR_CR1) >> 9 & 3u) != 2) broken("SMPS connected outside Range 2");
}

/** A peripheral's registers do nothing without its clock. */
static void check_enabled(uintptr_t address) {
  static const struct {
    uintptr_t base, enable;
    uint32_t bit;
    const char *rule;
  } peripherals[] = {
      {PWR_BASE, RCC_APB1ENR1, 1u << 28, "PWR used without its clock"},
      {LPUART1_BASE, RCC_APB1ENR2, 1u << 0, "LPUART1 used without its clock"},
      {LPTIM1_BASE, RCC_APB1ENR1, 1u << 31, "LPTIM1 used without its clock"},
      {TIM2_BASE, RCC_APB1ENR1, 1u << 0, "TIM2 used without its clock"},
      {DMA_BASE, RCC_AHB1ENR, 1u << 0, "DMA1 used without its clock"},
      {0x40020800u, RCC_AHB1ENR, 1u << 2, "DMAMUX1 used without its clock"},
      {GPIO_BASE(PORT_F), RCC_AHB2ENR, 1u << 5, "GPIOF used without its clock"},
      {GPIO_BASE(PORT_G), RCC_AHB2ENR, 1u << 6, "GPIOG used without its clock"},
  };
  for (unsigned i = 0; i < sizeof peripherals / sizeof peripherals[0]; i++) {
    if (address - peripherals[i].base < 0x400u && (get(peripherals[i].enable) & peripherals[i].bit) == 0) broken(peripherals[i].rule);
  }
}

static void ready(unsigned *delay, uintptr_t address, uint32_t set, uint32_t clear) {
  if (*delay == 0 || --*delay != 0) return;
  put(address, (get(address) | set) & ~clear);
}

/** What time does between two accesses. */
static void advance(void) {
  bool pll_on = (get(RCC_CR) & CR_PLLON) != 0;
  ready(&delay_pll, RCC_CR, pll_on ? CR_PLLRDY : 0, pll_on ? 0 : CR_PLLRDY);
  ready(&delay_vos, PWR_SR2, 0, SR2_VOSF);
  ready(&delay_arr, LPTIM_ISR, LPTIM_ARROK, 0);
  if ((get(RCC_CSR) & 1u) != 0) put(RCC_CSR, get(RCC_CSR) | 2u);
  if ((get(TIM_CR1) & 1u) != 0) put(TIM_CNT, get(TIM_CNT) + 1);
  since_step++;
}

static void look(void) {
  for (unsigned i = 0; i < used; i++) {
    struct cell *c = &cells[i];
    uint32_t was = c->before, now = c->value;
    bool strobe = c->address == GPIO_BSRR(PORT_F) || c->address == GPIO_BSRR(PORT_G) || c->address == LPTIM_ICR;
    if (was == now && !(strobe && now != 0)) continue;
    c->before = now;
    look_at_clocks(c->address, was, now);
    look_at_power(c->address, was, now);
    look_at_lpuart(c->address, was, now);
    look_at_dma(c->address, was, now);
    look_at_lptim(c->address, was, now);
    look_at_pins(c->address, now);
    if (c->address == LPTIM_ICR) put(LPTIM_ICR, 0);
    if (c->address == TIM_EGR && now != 0) {
      put(TIM_CNT, 0);
      put(TIM_EGR, 0);
    }
  }
  uint32_t hertz = model_hclk();
  if (hertz > limit()) broken("core faster than voltage or wait states allow");
  hclk_before = hertz;
  if (hertz > model.fastest) model.fastest = hertz;
}

volatile uint32_t *model_register(uintptr_t address) {
  look();
  advance();
  check_enabled(address);
  model.accesses++;
  return &cell(address)->value;
}

/* ---- core ---- */

static uint32_t masked;
static bool lptim_pending, tim2_pending, dma_pending;

uint32_t cpu_mask_interrupts(void) {
  uint32_t was = masked;
  masked = 1;
  return was;
}

void cpu_restore_interrupts(uint32_t primask) {
  masked = primask;
  if (masked != 0) return;
  if (lptim_pending) {
    lptim_pending = false;
    lptim1_handler();
  }
  if (tim2_pending) {
    tim2_pending = false;
    tim2_handler();
  }
  while (dma_pending) {
    dma_pending = false;
    dma_handler();
    model_run_dma();
  }
}

void cpu_enable_interrupts(void) {
  cpu_restore_interrupts(0);
}

void cpu_request_reset(void) {
  broken("restart");
}

void model_run_dma(void) {
  look();
  if ((get(DMA_CCR) & DMA_EN) == 0 || get(DMA_CNDTR) == 0) return;
  model.sent += get(DMA_CNDTR);
  put(DMA_CNDTR, 0);
  put(LPUART_ISR, get(LPUART_ISR) | UART_TC);
  if ((get(DMA_CCR) & DMA_TCIE) != 0) dma_pending = true;
}

void cpu_wait_for_interrupt(void) {
  look();
  model_run_dma();
  bool stops = (get(SCB_SCR) & SCR_SLEEPDEEP) != 0, timed = (get(LPTIM_CR) & 2u) != 0;
  if (stops) {
    model.stops++;
    if ((get(PWR_CR1) & 7u) != 2) broken("SLEEPDEEP without Stop 2");
    if ((get(PWR_CR1) & 1u << 4) == 0) broken("Stop 2 without RRSTP: SRAM3 loses its content");
    if ((get(EXTI_IMR2) & 1u) == 0 || (get(EXTI_IMR1) & EXTI_LINE31) == 0) broken("Stop 2 without its wake-up lines");
    if (smps_feeds()) broken("Stop 2 with the SMPS");
    if ((get(LPUART_CR1) & UART_UESM) == 0) broken("Stop 2 with an LPUART that cannot wake");
    /* RM0432, "Stop 2 mode": the PLL stops, and the MSI is the clock after it (STOPWUCK = 0). */
    put(RCC_CR, get(RCC_CR) & ~(uint32_t)(CR_PLLON | CR_PLLRDY));
    put(RCC_CFGR, get(RCC_CFGR) & ~15u);
    hclk_before = model_hclk();
  }
  if (timed) {
    put(LPTIM_ISR, get(LPTIM_ISR) | LPTIM_ARRM);
    put(LPTIM_CR, get(LPTIM_CR) & ~6u);
    lptim_pending = true;
  } else if ((get(TIM_DIER) & 2u) != 0) {
    if (stops) broken("TIM2 cannot end Stop 2");
    put(TIM_CNT, get(TIM_CCR1));
    tim2_pending = true;
  } else if (!dma_pending) {
    broken("a sleep that nothing ends");
    model.stuck = true;
  }
}
