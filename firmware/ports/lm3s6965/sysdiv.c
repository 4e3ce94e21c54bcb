#include "sysdiv.h"

#include "clock.h"
#include "registers.h"

void levels_set_sysdiv(uint32_t sysdiv) {
  clock_update();
  uint32_t rcc2 = REGISTER(RCC2) & ~((uint32_t)SYSDIV_MASK << SYSDIV_SHIFT);
  REGISTER(RCC2) = rcc2 | sysdiv << SYSDIV_SHIFT | RCC2_USE;
}

uint32_t levels_sysdiv(void) {
  return (REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK;
}
