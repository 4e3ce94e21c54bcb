#include "pico_board.h"

#include "port.h"
#include "registers.h"

enum { MARKER_SHIFT = PIN_MARKER0, MARKER_MASK = 3u << MARKER_SHIFT, STRAP_SETTLE_US = 10 };

_Static_assert(PIN_MARKER1 == PIN_MARKER0 + 1, "one store drives both markers");

void pico_release(uint32_t blocks) {
  CLEAR_BITS(RESETS_RESET, blocks);
  while ((REGISTER(RESETS_DONE) & blocks) != blocks) {
  }
}

void pico_outputs(void) {
  REGISTER(SIO_GPIO_OUT) = 1u << PIN_TIMESTAMP;
  REGISTER(SIO_GPIO_OE_SET) = MARKER_MASK | 1u << PIN_TIMESTAMP;
}

bool port_energy_strap(void) {
  uint32_t start = port_micros();
  while (port_micros() - start < STRAP_SETTLE_US) {
  }
  return (REGISTER(SIO_GPIO_IN) & 1u << PIN_ENERGY_STRAP) == 0;
}

void port_marker(enum marker state) {
  uint32_t wanted = (uint32_t)state << MARKER_SHIFT;
  REGISTER(SIO_GPIO_OUT_XOR) = (REGISTER(SIO_GPIO_OUT) ^ wanted) & MARKER_MASK;
}

void port_timestamp_line(bool high) {
  REGISTER(high ? SIO_GPIO_OUT_SET : SIO_GPIO_OUT_CLEAR) = 1u << PIN_TIMESTAMP;
}

uint32_t port_micros(void) {
  return REGISTER(TIMER_RAW_LOW);
}

const char *port_reset_reason(void) {
  uint32_t reason = REGISTER(WATCHDOG_REASON);
  if ((reason & WATCHDOG_REASON_TIMER) != 0) return "watchdog";
  return (reason & WATCHDOG_REASON_FORCE) != 0 ? "restart" : 0;
}

_Noreturn void port_restart(void) {
  SET_BITS(WATCHDOG_CTRL, WATCHDOG_TRIGGER);
  for (;;) {
  }
}
