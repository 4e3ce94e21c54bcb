#include "timer_count.h"

#include "cpu.h"
#include "port.h"
#include "registers.h"

static uint32_t core_hertz, stopped_us;

static void enable_interrupt(uint32_t number) {
  REGISTER(NVIC_ISER(number)) = 1u << number % 32u;
}

void timer_init(uint32_t hertz) {
  REGISTER(RCC_APB1ENR1) |= APB1ENR1_TIM2 | APB1ENR1_LPTIM1;
  REGISTER(RCC_CSR) |= CSR_LSION;
  while ((REGISTER(RCC_CSR) & CSR_LSIRDY) == 0) {
  }
  REGISTER(RCC_CCIPR) |= CCIPR_LPTIM1_LSI;
  REGISTER(EXTI_IMR2) |= EXTI_LINE32;
  REGISTER(TIM_ARR) = 0xffffffffu;
  timer_clock_changed(hertz);
  REGISTER(TIM_CR1) = TIM_CEN;
  enable_interrupt(TIM2_IRQ);
  enable_interrupt(LPTIM1_IRQ);
}

void timer_clock_changed(uint32_t hertz) {
  uint32_t mask = cpu_mask_interrupts();
  uint32_t count = REGISTER(TIM_CNT);
  core_hertz = hertz;
  REGISTER(TIM_PSC) = hertz / 1000000u - 1u;
  REGISTER(TIM_EGR) = TIM_UG; /* loads the divider, clears the count */
  REGISTER(TIM_CNT) = count;
  REGISTER(TIM_SR) = 0;
  cpu_restore_interrupts(mask);
}

uint32_t timer_hertz(void) {
  return core_hertz;
}

uint32_t port_micros(void) {
  return REGISTER(TIM_CNT) + stopped_us;
}

void timer_stood_still(uint32_t microseconds) {
  stopped_us += microseconds;
}
