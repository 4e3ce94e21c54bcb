/* What all peripherals share: aliases, resets, the boot ROM, sleep. */
#include <stddef.h>
#include <stdlib.h>

#include "parts.h"

enum { BOOT = 0x5ffffff4, APB_END = 0x40200000, ALIASES = 0x3000, FLASH = 0x10000000, FLASH_BYTES = 4 * 1024 * 1024 };
enum { SLEEP_TIMER = 1 << 19 | 3 << 17, SLEEP_UART = 3 << 22 };

struct rp_chip rp_chip;

_Noreturn void rp_broken(const char *rule, uint32_t address) {
  rp_chip.machine->broken(rule, address);
  abort();
}

uint32_t rp_changed(uint32_t now, uint32_t address, uint32_t value) {
  switch (address & ALIASES) {
    case 0x1000: return now ^ value;
    case 0x2000: return now | value;
    case 0x3000: return now & ~value;
    default: return value;
  }
}

static void reset(unsigned reason) {
  bool all = (reason & (REASON_POWER | REASON_PIN)) != 0;
  core_reset();
  rp_oscillators_reset();
  rp_power_reset(all);
  rp_clocks_reset();
  rp_pads_reset();
  rp_timer_reset(reason);
  rp_uart_reset();
  rp_interrupts();
}

static void init(const struct chip_machine *machine) {
  rp_chip.machine = machine;
  core_init(machine, REASON_SYSTEM);
  reset(REASON_POWER);
}

void rp_interrupts(void) {
  for (unsigned i = 0; i < TIMER_ALARMS; i++) rp_chip.machine->interrupt(IRQ_TIMER0 + i, rp_timer_wants_interrupt(i));
  rp_chip.machine->interrupt(IRQ_UART0, rp_uart_wants_interrupt());
}

static void tick(void) {
  rp_timer_tick();
  rp_interrupts();
}

static uint32_t read(uint32_t address) {
  if (address == BOOT) return rp_boot();
  tick();
  uint32_t value = 0;
  if (core_read(address, &value)) return value;
  uint32_t at = address < APB_END ? address & ~(uint32_t)ALIASES : address;
  rp_need_released(at);
  if (rp_clocks_read(at, &value) || rp_oscillators_read(at, &value) || rp_power_read(at, &value) || rp_pads_read(at, &value) ||
      rp_timer_read(at, &value) || rp_uart_read(at, &value)) {
    rp_interrupts();
    return value;
  }
  rp_broken("a register that the model does not have was read", address);
}

/** The parts get the address with its alias, and make of it what is written (`rp_changed`). */
static void write(uint32_t address, uint32_t value) {
  tick();
  if (core_write(address, value)) return;
  rp_need_released(address < APB_END ? address & ~(uint32_t)ALIASES : address);
  bool taken = rp_clocks_write(address, value) || rp_oscillators_write(address, value) || rp_power_write(address, value) ||
               rp_pads_write(address, value) || rp_timer_write(address, value) || rp_uart_write(address, value);
  if (!taken) rp_broken("a register that the model does not have was written", address);
  rp_interrupts();
}

/** Core 1 waits in the boot ROM, so that the chip is in its SLEEP state whenever core 0 is (data sheet 6.5.2). */
static uint64_t wait(void) {
  tick();
  bool line_wakes = rp_uart_is_on() && rp_chip.machine->enabled(IRQ_UART0);
  if (rp_uart_wants_interrupt() && line_wakes) return 0;
  for (unsigned i = 0; i < TIMER_ALARMS; i++) {
    if (rp_timer_wants_interrupt(i) && rp_chip.machine->enabled(IRQ_TIMER0 + i)) return 0;
  }
  uint64_t left = rp_timer_left();
  if (left != UINT64_MAX && !rp_clocked_in_sleep(1, SLEEP_TIMER)) rp_broken("the core sleeps until an alarm of a timer that SLEEP_EN1 stops", 0x400100b8);
  if (line_wakes && !rp_clocked_in_sleep(1, SLEEP_UART)) rp_broken("the core sleeps while SLEEP_EN1 stops the UART that is to wake it", 0x400100b8);
  if (rp_watchdog_end() != UINT64_MAX && left == UINT64_MAX) rp_broken("the core sleeps without end while the watchdog runs", 0x400d8000);
  return left;
}

/*
 * What stands for the boot ROM: asks the model for the vector table of the image that it would start (boot.c), sets VTOR and the stack, and jumps.
 * ldr r0, =BOOT; ldr r0, [r0]; ldr r1, =VTOR; str r0, [r1]; ldr r1, [r0]; msr msp, r1; ldr r1, [r0, #4]; bx r1
 */
static const uint32_t loader[] = {
    0x20080000, 0x21, 0, 0, 0, 0, 0, 0, 0x68004804, 0x60084904, 0xf3816801, 0x68418808, 0xbf004708, BOOT, 0xe000ed08,
};

const struct chip_model rp2350_chip = {
    .name = "rp2350",
    .flash = FLASH,
    .flash_bytes = FLASH_BYTES,
    .ram = 0x20000000,
    .ram_bytes = 520 * 1024,
    .registers = {{0x40000000u, 0x20000000u}, {0xd0000000u, 0x40000u}},
    .marker_pad = 2,
    .timestamp_pad = 4,
    .loader = loader,
    .loader_bytes = sizeof loader,
    .armv8 = true,
    .power_on = REASON_POWER,
    .pin = REASON_PIN,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .uart_room = rp_uart_room,
    .uart_receive = rp_uart_receive,
    .uart_unread = rp_uart_unread,
    .wait = wait,
    .tick = tick,
    .watchdog_end = rp_watchdog_end,
};
