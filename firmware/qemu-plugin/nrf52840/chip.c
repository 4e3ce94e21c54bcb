/* The chip as the machine sees it. */
#include <stdlib.h>

#include "parts.h"

const struct chip_machine *nrf_machine;

_Noreturn void nrf_broken(const char *rule, uint32_t address) {
  nrf_machine->broken(rule, address);
  abort();
}

void nrf_interrupts(void) {
  nrf_machine->interrupt(IRQ_UART0, nrf_uart_wants_interrupt());
  nrf_machine->interrupt(IRQ_TIMER0, nrf_timer_wants_interrupt());
}

static void tick(void) {
  nrf_timer_tick();
  nrf_watchdog_tick();
  nrf_interrupts();
}

/** A soft reset leaves the watchdog as it is (product specification, "Reset behavior"). */
static void reset(unsigned reason) {
  bool watchdog_too = reason != RESET_SOFT;
  uint32_t reasons = reason == RESET_POWER ? 0 : *nrf_register(0x40000400);
  nrf_registers_reset(watchdog_too);
  *nrf_register(0x40000400) = reasons | reason;
  core_reset();
  nrf_power_reset(reason);
  nrf_gpio_reset();
  nrf_timer_reset();
  nrf_uart_reset();
  if (watchdog_too) nrf_watchdog_reset();
  nrf_interrupts();
}

static void init(const struct chip_machine *machine) {
  nrf_machine = machine;
  core_init(machine, RESET_SOFT);
  reset(RESET_POWER);
}

static uint32_t read(uint32_t address) {
  nrf_watchdog_sleep(false);
  nrf_uart_pass(address, false);
  tick();
  uint32_t value = 0;
  if (core_read(address, &value)) return value;
  value = nrf_registers_read(address);
  nrf_interrupts();
  return value;
}

static void write(uint32_t address, uint32_t value) {
  nrf_watchdog_sleep(false);
  nrf_uart_pass(address, true);
  tick();
  if (core_write(address, value)) return;
  nrf_registers_write(address, value);
  nrf_interrupts();
}

static uint64_t wait(void) {
  nrf_uart_pass(0, false);
  tick();
  if (nrf_uart_wants_interrupt() || nrf_timer_wants_interrupt()) return 0;
  nrf_uart_rest();
  uint64_t left = nrf_timer_left();
  nrf_watchdog_sleep(true);
  if (left == UINT64_MAX && nrf_watchdog_end() != UINT64_MAX) nrf_broken("the core sleeps without end while the watchdog runs", 0x4001050c);
  return left;
}

const struct chip_model nrf52840_chip = {
    .name = "nrf52840",
    .flash_bytes = 1024 * 1024,
    .ram = RAM_BASE,
    .ram_bytes = RAM_BYTES,
    .registers = {{0x40000000, 0x20000000}, {0x10000000, 0x2000}},
    .marker_pad = 3,
    .power_on = RESET_POWER,
    .pin = RESET_PIN,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .uart_room = nrf_uart_room,
    .uart_receive = nrf_uart_receive,
    .uart_unread = nrf_uart_unread,
    .wait = wait,
    .tick = tick,
    .watchdog_end = nrf_watchdog_end,
};
