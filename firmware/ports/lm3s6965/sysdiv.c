#include "sysdiv.h"

#include "registers.h"

/* The PLL gives 200 MHz; SYSDIV2 divides by one more than its value (data sheet, "RCC2"). */
enum { PLL_PERIOD_NS = 5 };

void levels_set_sysdiv(uint32_t sysdiv) {
  uint32_t rcc2 = REGISTER(RCC2) & ~((uint32_t)SYSDIV_MASK << SYSDIV_SHIFT);
  REGISTER(RCC2) = rcc2 | sysdiv << SYSDIV_SHIFT | RCC2_USE;
}

uint32_t levels_sysdiv(void) {
  return (REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK;
}

uint32_t levels_period_ns(void) {
  return PLL_PERIOD_NS * (levels_sysdiv() + 1);
}
