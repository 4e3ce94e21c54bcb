#include "sleep.h"

#include "registers.h"

void sleep_init(bool usb) {
  if (!usb) {
    REGISTER(SLEEP_EN0) = 0;
    REGISTER(SLEEP_EN1) = SLEEP_EN1_TIMER | SLEEP_EN1_WATCHDOG | SLEEP_EN1_UART0;
    REGISTER(SCR) = SCR_SLEEPDEEP;
    SET_BITS(SYSCFG_MEMPOWERDOWN, MEMPOWERDOWN_USB); /* the one memory of which nothing is used */
  }
  pico_sleep_start(!usb);
}
