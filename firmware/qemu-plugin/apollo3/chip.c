/* What all peripherals share: where they lie, what feeds them, clocks, power, resets, watchdog. */
#include "chip.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

struct chip chip;

/* Blocks of registers, and the power domain that feeds each (am_hal_pwrctrl.c): a bit of DEVPWRSTATUS, 0: always on. */
static const struct {
  uint32_t base, bytes, domain;
  const char *name, *unpowered;
} blocks[] = {
    {0x40000000, 0x1000, 0, "RSTGEN", NULL},
    {0x4ffff000, 0x1000, 0, "RSTGEN", NULL},
    {0x40004000, 0x200, 0, "CLKGEN", NULL},
    {0x40008000, 0x1000, 0, "CTIMER", NULL},
    {0x40010000, 0x400, 0, "GPIO", NULL},
    {0x40018000, 0x1000, 0, "CACHECTRL", NULL},
    {0x4001c000, 0x1000, DOMAIN_HCPA, "UART0", "UART0 used while its power domain is off (PWRCTRL.DEVPWREN.PWRUART0, DEVPWRSTATUS.HCPA)"},
    {0x4001d000, 0x1000, DOMAIN_HCPA, "UART1", "UART1 used while its power domain is off (PWRCTRL.DEVPWREN.PWRUART1, DEVPWRSTATUS.HCPA)"},
    {0x40020000, 0x1000, 0, "MCUCTRL", NULL},
    {0x40021000, 0x1000, 0, "PWRCTRL", NULL},
    {0x40024000, 0x1000, 0, "WDT", NULL},
    {0x40080000, 0x1000, DOMAIN_HCPA, "SCARD", "SCARD used while its power domain is off"},
    {0x50000000, 0x1000, DOMAIN_HCPA, "IOSLAVE", "IOSLAVE used while its power domain is off"},
    {0x50004000, 0x3000, DOMAIN_HCPB, "IOM0-2", "IOM0 to 2 used while their power domain is off"},
    {0x50007000, 0x3000, DOMAIN_HCPC, "IOM3-5", "IOM3 to 5 used while their power domain is off"},
    {0x50010000, 0x1000, 1 << 5, "ADC", "ADC used while its power domain is off"},
    {0x50011000, 0x1000, 1 << 7, "PDM", "PDM used while its power domain is off"},
    {0x50014000, 0x1000, 1 << 6, "MSPI", "MSPI used while its power domain is off"},
};

/* Registers without an effect of their own here: what they are after a reset (SVD), and which bits may not change, with the reason. */
static const struct {
  uint32_t address, reset, fixed;
  const char *rule;
} plain[] = {
    {0x40000000, 0, 0, NULL},                                  /* RSTGEN.CFG */
    {0x4000403c, 0, 0, NULL},                                  /* CLKGEN.BLEBUCKTONADJ */
    {0x40020000, 0x06671197, 0xffffffff, "CHIPPN is read only"}, /* Apollo3, as the SVD's fields say: part, 1 MB, 384 KB */
    {0x4002000c, 0x21, 0xffffffff, "CHIPREV is read only"},    /* B0 */
    {0x40020014, 0x3, 0xffffffff, "SKU is read only"},         /* burst and BLE */
    {0x40020250, 0, 0, NULL},                                  /* MCUCTRL.TPIUCTRL */
    {0x40020354, 0x00aa0000, 0xff00ffff, "reserved bits of SIMOBUCK2 changed: it must be modified by read, modify, write"},
    {0x40020358, 0x5000aaaa, 0x87ff0000, "reserved bits of SIMOBUCK3 changed: it must be modified by read, modify, write"},
    {0x4002035c, 0x3c8d80aa, 0xfe9ffff0, "reserved bits of SIMOBUCK4 changed: it must be modified by read, modify, write"},
    {0x40020368, 0x4e, 0xfffc0000, "reserved bits of BLEBUCK2 changed"},
    {0x40021000, 0, 0xfffffffe, "reserved bits of SUPPLYSRC changed"},
    {0x4002100c, 0x6000, 0, NULL},                             /* PWRCTRL.MEMPWDINSLEEP */
    {0x40021024, 0, 0, NULL},                                  /* PWRCTRL.MISC */
    {0x40021028, 0, 0, NULL},                                  /* PWRCTRL.DEVPWREVENTEN */
};
enum { PLAIN_COUNT = sizeof plain / sizeof plain[0] };
static uint32_t plain_values[PLAIN_COUNT];

_Noreturn void chip_broken(const char *rule, uint32_t address) {
  chip.machine->broken(rule, address);
  abort();
}

static int plain_at(uint32_t address) {
  for (int i = 0; i < PLAIN_COUNT; i++) {
    if (plain[i].address == address) return i;
  }
  return -1;
}

uint32_t chip_plain(uint32_t address) {
  return plain_values[plain_at(address)];
}

static void chip_reset(unsigned reason) {
  const struct chip_machine *machine = chip.machine;
  memset(&chip, 0, sizeof chip);
  chip.machine = machine;
  chip.reset_status = reason;
  for (int i = 0; i < PLAIN_COUNT; i++) plain_values[i] = plain[i].reset;
  core_reset();
  clocks_reset();
  memory_reset();
  pads_reset();
  timer_reset();
  uart_reset();
  watchdog_reset();
  chip_interrupts();
}

static void chip_init(const struct chip_machine *machine) {
  chip.machine = machine;
  core_init(machine, RESET_SOFTWARE);
  chip_reset(RESET_POWER_ON);
}

void chip_interrupts(void) {
  chip.machine->interrupt(IRQ_UART0, uart_wants_interrupt());
  chip.machine->interrupt(IRQ_STIMER_COMPARE, timer_wants_interrupt());
}

/** The block that holds an address, fed. */
static unsigned block_of(uint32_t address) {
  for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    if (address - blocks[i].base >= blocks[i].bytes) continue;
    if (blocks[i].domain != 0 && (memory_domains() & blocks[i].domain) == 0) chip_broken(blocks[i].unpowered, address);
    return i;
  }
  chip_broken("an address at which the chip has no register", address);
}

static uint32_t chip_read(uint32_t address) {
  chip_tick();
  uint32_t value = 0;
  if (core_read(address, &value)) return value;
  (void)block_of(address);
  int at = plain_at(address);
  if (at >= 0) return plain_values[at];
  if (clocks_read(address, &value) || memory_read(address, &value) || pads_read(address, &value) || timer_read(address, &value) ||
      uart_read(address, &value) || watchdog_read(address, &value)) {
    chip_interrupts();
    return value;
  }
  chip_broken("a register that the model does not have was read", address);
}

static void write_plain(int at, uint32_t value) {
  if (((value ^ plain_values[at]) & plain[at].fixed) != 0) chip_broken(plain[at].rule, plain[at].address);
  plain_values[at] = value;
}

static void chip_write(uint32_t address, uint32_t value) {
  chip_tick();
  if (core_write(address, value)) return;
  (void)block_of(address);
  int at = plain_at(address);
  if (at >= 0) {
    write_plain(at, value);
    return;
  }
  bool taken = clocks_write(address, value) || memory_write(address, value) || pads_write(address, value) || timer_write(address, value) ||
               uart_write(address, value) || watchdog_write(address, value);
  if (!taken) chip_broken("a register that the model does not have was written", address);
  chip_interrupts();
}

void chip_tick(void) {
  timer_tick();
  watchdog_tick();
  chip_interrupts();
}

static uint64_t chip_wait(void) {
  chip_tick();
  if (uart_wants_interrupt() || timer_wants_interrupt()) return 0;
  uint64_t timed = timer_left();
  if (core_sleeps_deep()) memory_deep_sleep();
  if (timed == UINT64_MAX && watchdog_end() != UINT64_MAX) chip_broken("the core sleeps without end while the watchdog runs", 0x40024000);
  return timed;
}

/*
 * What stands for the boot loaders: like SparkFun's (app_start) a jump to the entry in the image's vector table, with neither stack nor vector table set:
 * ldr r0, [pc, #4]; ldr r0, [r0]; bx r0; nop; the entry's address.
 */
static const uint32_t loader[] = {CHIP_RAM + 0x4000, 0x9, 0x68004801, 0xbf004700, 0x10004};

const struct chip_model apollo3_chip = {
    .name = "apollo3",
    .flash_bytes = CHIP_FLASH_BYTES,
    .ram = CHIP_RAM,
    .ram_bytes = CHIP_RAM_BYTES,
    .registers = {{0x40000000u, 0x20000000u}},
    .marker_pad = 6,
    .loader = loader,
    .loader_bytes = sizeof loader,
    .power_on = RESET_POWER_ON,
    .pin = RESET_EXTERNAL,
    .init = chip_init,
    .reset = chip_reset,
    .read = chip_read,
    .write = chip_write,
    .uart_room = uart_room,
    .uart_receive = uart_receive,
    .uart_unread = uart_unread,
    .wait = chip_wait,
    .tick = chip_tick,
    .watchdog_end = watchdog_end,
};
