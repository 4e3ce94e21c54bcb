#include "sleep.h"

#include "registers.h"

void sleep_init(void) {
  REGISTER(SLEEP_EN0) = SLEEP_EN0_POWMAN; /* it carries out changes of the voltage, and watches for a brown-out */
  REGISTER(SLEEP_EN1) = SLEEP_EN1_TICKS | SLEEP_EN1_TIMER0 | SLEEP_EN1_UART0;
  REGISTER(SCR) = SCR_SLEEPDEEP;
  SET_BITS(SYSCFG_MEMPOWERDOWN, MEMPOWERDOWN_USB); /* the one memory of which nothing is used */
  pico_sleep_start(true);
}
