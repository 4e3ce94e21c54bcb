#define DEMCR (*(volatile uint32_t *)0xe000edfcu)
#define DWT_CTRL (*(volatile uint32_t *)0xe0001000u)
#define DWT_CYCCNT (*(volatile uint32_t *)0xe0001004u)
enum { DEMCR_TRCENA = 1 << 24, CYCCNTENA = 1 };

/** Guarantees: starts at zero; counts core cycles, 32 bits. A chip without a DWT says `.cycle_counter = false` above. */
void port_cycles_start(void) {
  DEMCR |= DEMCR_TRCENA;
  DWT_CYCCNT = 0;
  DWT_CTRL |= CYCCNTENA;
}

uint32_t port_cycles_read(void) {
  return DWT_CYCCNT;
}

void port_cycles_stop(void) {
  DWT_CTRL &= ~(uint32_t)CYCCNTENA;
}

