#include "board.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chip.h"
#include "qemu-device.h"

enum { RULE_STATUS = 71, RINGS = 16, ABOVE_ALL = 100, RESET_BY_GUEST = 7, MICROSECOND = 1000 };
/* Where the harness asks how many bytes of the line are unread; no register of the chip. */
enum { UNREAD = 0x5ffffff0 };
enum { WORD_PIN = 42, NVIC_ENABLED = 0xe000e100, ROM_BYTES = 32 * 1024, BIT_BAND_BYTES = 32 * 1024 * 1024 };
#define CORE_BASE 0xe0000000u
int64_t board_deadline = INT64_MAX;
bool board_rings;

static const struct chip_model *const models[] = {
    &apollo3_chip,
    &nrf52840_chip,
    &rp2350_chip,
};
static const struct chip_model *chip;
static struct snapshot (*counted)(void);
static struct memory_region flash, rom, ram, peripherals[2], nothing, bit_bands[2], core_registers[3], dwt;
static struct char_backend line[2];
static void *line_devices[2], *core;
static uint8_t *ram_bytes, *flash_bytes, *loader_bytes;
static unsigned reset_reason;
static double core_hertz;
static uint32_t core_mode;
static uint32_t markers;
static bool timestamp;
static struct {
  int word; /* of the doorbell, or -1 */
  double hertz;
} rings[RINGS];
static unsigned ring_count;

/* ---- what the chip needs ---- */

static void broken(const char *rule, uint32_t address) {
  fprintf(stderr, "littlefirst %s model: %s (at 0x%08x)\n", chip->name, rule, address);
  _exit(RULE_STATUS);
}

static void interrupt(unsigned number, bool level) {
  if (core == NULL) core = object_resolve_path_type("", "armv7m", NULL);
  static bool levels[IRQ_COUNT];
  if (levels[number] == level) return;
  levels[number] = level;
  qemu_set_irq(qdev_get_gpio_in(core, (int)number), level);
}

static void send(uint8_t byte) {
  if (line_devices[0] != NULL) qemu_chr_fe_write_all(&line[0], &byte, 1);
}

static uint64_t nanoseconds(void) {
  struct snapshot now = counted();
  return (uint64_t)events_nanoseconds(&now);
}

static uint64_t cycles(void) {
  return (uint64_t)counted().total.best;
}

static void ring(int word, double hertz) {
  if (ring_count == RINGS) broken("more happens in one store than the model can tell", 0);
  rings[ring_count].word = word;
  rings[ring_count++].hertz = hertz;
  board_rings = true;
}

static void clock_changed(uint32_t hertz, uint32_t mode) {
  if (hertz == core_hertz && mode == core_mode) return;
  core_hertz = hertz;
  core_mode = mode;
  ring(events_level_word(hertz, mode), hertz);
}

static void pads(uint32_t levels) {
  uint32_t now = levels >> chip->marker_pad & 3;
  if (now != markers) ring((int)now, 0);
  markers = now;
  if (chip->timestamp_pad == 0) return;
  bool high = (levels >> chip->timestamp_pad & 1) != 0;
  if (high != timestamp) ring(WORD_PIN + high, 0);
  timestamp = high;
}

static void restart(unsigned reason) {
  reset_reason = reason;
  qemu_system_reset_request(RESET_BY_GUEST);
}

static bool holds_data(uint32_t address, uint32_t bytes) {
  const uint8_t *at = ram_bytes + (address - chip->ram);
  return at[0] != 0 || memcmp(at, at + 1, bytes - 1) != 0;
}

static void room(void) {
  for (unsigned i = 0; i < 2; i++) {
    if (line_devices[i] != NULL) qemu_chr_fe_accept_input(&line[i]);
  }
}

static bool enabled(unsigned number) {
  uint32_t word = 0;
  if (cpu_memory_rw_debug(qemu_get_cpu(0), NVIC_ENABLED + number / 32 * 4, &word, sizeof word, false) != 0) broken("QEMU does not tell of its interrupts", 0);
  return (word >> (number % 32) & 1) != 0;
}

static uint32_t flash_word(uint32_t address) {
  uint32_t word;
  memcpy(&word, flash_bytes + (address - chip->flash), sizeof word);
  return word;
}

static const struct chip_machine machine = {broken, interrupt, send, nanoseconds, cycles, clock_changed, pads, restart, holds_data, room, enabled, flash_word, events_strap, events_undervolt};

/* ---- registers, as the core reaches them ---- */

static void set_deadline(void) {
  uint64_t end = chip->watchdog_end();
  if (end == UINT64_MAX) {
    board_deadline = INT64_MAX;
    return;
  }
  double left = (double)end - (double)nanoseconds();
  board_deadline = counted().total.best + (left > 0 ? (int64_t)(left * core_hertz / 1e9) + 1 : 0);
}

static uint64_t read_register(void *base, uint64_t offset, unsigned bytes) {
  uint32_t address = (uint32_t)((uintptr_t)base + offset);
  if (address == UNREAD) return chip->uart_unread();
  if (bytes != 4 || address % 4 != 0) broken("a register read by less than a word", address);
  return chip->read(address);
}

static void write_register(void *base, uint64_t offset, uint64_t value, unsigned bytes) {
  uint32_t address = (uint32_t)((uintptr_t)base + offset);
  if (bytes != 4 || address % 4 != 0) broken("a register written by less than a word", address);
  chip->write(address, (uint32_t)value);
  set_deadline();
}

static uint64_t read_nothing(void *base, uint64_t offset, unsigned bytes) {
  (void)bytes;
  broken("an address at which the chip has nothing was read", (uint32_t)((uintptr_t)base + offset));
  return 0;
}

static void write_nothing(void *base, uint64_t offset, uint64_t value, unsigned bytes) {
  (void)value;
  (void)bytes;
  broken("an address at which the chip has nothing was written", (uint32_t)((uintptr_t)base + offset));
}

static const struct memory_region_ops register_ops = {
    .read = read_register,
    .write = write_register,
    .endianness = 2,
    .valid = {.min_bytes = 1, .max_bytes = 4, .unaligned = true},
    .impl = {.min_bytes = 1, .max_bytes = 4, .unaligned = true},
};
static const struct memory_region_ops nothing_ops = {
    .read = read_nothing,
    .write = write_nothing,
    .endianness = 2,
    .valid = {.min_bytes = 1, .max_bytes = 4, .unaligned = true},
    .impl = {.min_bytes = 1, .max_bytes = 4, .unaligned = true},
};

/* ---- what the counting calls ---- */

static bool lock(void) {
  bool was_locked = qemu_mutex_iothread_locked();
  if (!was_locked) qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
  return was_locked;
}

static void unlock(bool was_locked) {
  if (!was_locked) qemu_mutex_unlock_iothread();
}

void board_expire(void) {
  bool was_locked = lock();
  board_deadline = INT64_MAX;
  chip->tick();
  set_deadline();
  unlock(was_locked);
}

void board_ring(const struct snapshot *snapshot, struct cost *settled) {
  *settled = (struct cost){0};
  for (unsigned i = 0; i < ring_count; i++) {
    struct cost more = {0};
    if (rings[i].word >= 0) events_ring((unsigned)rings[i].word, snapshot, &more);
    if (rings[i].hertz != 0) events_clock(rings[i].hertz, snapshot);
    if (rings[i].word < 0) events_emit("clock", (unsigned)rings[i].hertz, snapshot);
    add_cost(settled, &more);
  }
  ring_count = 0;
  board_rings = false;
}

bool board_wait(const struct snapshot *snapshot) {
  bool was_locked = lock();
  uint64_t left = chip->wait();
  bool timed = left != 0 && left != UINT64_MAX;
  if (timed) {
    uint64_t microseconds = (left + MICROSECOND - 1) / MICROSECOND;
    events_elapse((uint32_t)microseconds, snapshot);
    chip->tick();
    set_deadline();
  }
  unlock(was_locked);
  return timed;
}

/* ---- the chip in the machine ---- */

static int line_room(void *unused) {
  (void)unused;
  return (int)chip->uart_room();
}

static void line_receive(void *unused, const uint8_t *bytes, int count) {
  (void)unused;
  for (int i = 0; i < count; i++) chip->uart_receive(bytes[i]);
}

static void reset(void *unused) {
  (void)unused;
  ring_count = 0;
  board_rings = false;
  core_hertz = 0;
  board_deadline = INT64_MAX;
  struct snapshot now = counted();
  events_clock_restart(&now);
  chip->reset(reset_reason);
  reset_reason = chip->pin;
  if (chip->loader != NULL) memcpy(loader_bytes, chip->loader, chip->loader_bytes);
}

static void overlay(struct memory_region *into, struct memory_region *region, const struct memory_region_ops *ops, const char *name, uint32_t base,
                    uint64_t bytes, int priority) {
  memory_region_init_io(region, NULL, ops, (void *)(uintptr_t)base, name, bytes);
  memory_region_add_subregion_overlap(into, base, region, priority);
}

static void open_line(unsigned index, const char *name) {
  line_devices[index] = qemu_chr_find(name);
  if (line_devices[index] == NULL) return;
  qemu_chr_fe_init(&line[index], line_devices[index], NULL);
  qemu_chr_fe_set_handlers(&line[index], line_room, line_receive, NULL, NULL, NULL, NULL, true);
}

static void build(qemu_plugin_id_t id, unsigned vcpu) {
  (void)id;
  (void)vcpu;
  bool was_locked = lock();
  chip->init(&machine);
  struct memory_region *system = get_system_memory();
  core = object_resolve_path_type("", "armv7m", NULL);
  struct memory_region *container = object_resolve_path_component(core, "armv7m-container[0]");
  if (core == NULL || container == NULL) broken("QEMU's machine has no Armv7-M or Armv8-M core", 0);
  overlay(system, &nothing, &nothing_ops, "chip.nothing", 0, CORE_BASE, ABOVE_ALL);
  memory_region_init_rom(&flash, NULL, "chip.flash", chip->flash_bytes, NULL);
  memory_region_add_subregion_overlap(system, chip->flash, &flash, ABOVE_ALL + 1);
  memory_region_init_ram(&ram, NULL, "chip.ram", chip->ram_bytes, NULL);
  memory_region_add_subregion_overlap(system, chip->ram, &ram, ABOVE_ALL + 1);
  flash_bytes = memory_region_get_ram_ptr(&flash);
  ram_bytes = memory_region_get_ram_ptr(&ram);
  loader_bytes = flash_bytes;
  if (chip->loader != NULL && chip->flash != 0) {
    memory_region_init_rom(&rom, NULL, "chip.rom", ROM_BYTES, NULL);
    memory_region_add_subregion_overlap(system, 0, &rom, ABOVE_ALL + 1);
    loader_bytes = memory_region_get_ram_ptr(&rom);
  }
  for (unsigned i = 0; i < 2 && chip->registers[i].bytes != 0; i++)
    overlay(system, &peripherals[i], &register_ops, "chip.peripherals", chip->registers[i].base, chip->registers[i].bytes, ABOVE_ALL + 1);
  static const uint32_t hidden[] = {CHIP_SCR, CHIP_DEMCR, CHIP_AIRCR};
  for (unsigned i = 0; i < 3; i++) overlay(container, &core_registers[i], &register_ops, "chip.core", hidden[i], 4, ABOVE_ALL);
  overlay(container, &dwt, &register_ops, "chip.dwt", CHIP_DWT, 8, ABOVE_ALL);
  static const uint32_t bands[] = {0x22000000, 0x42000000};
  for (unsigned i = 0; i < 2 && chip->armv8; i++) overlay(container, &bit_bands[i], &nothing_ops, "chip.nothing", bands[i], BIT_BAND_BYTES, ABOVE_ALL);
  open_line(0, "uart");
  open_line(1, "input");
  qemu_register_reset(reset, NULL);
  unlock(was_locked);
}

bool board_choose(const char *name) {
  for (unsigned i = 0; i < sizeof models / sizeof models[0]; i++) {
    if (strcmp(name, models[i]->name) == 0) chip = models[i];
  }
  return chip != NULL;
}

void board_install(qemu_plugin_id_t id, struct snapshot (*count)(void)) {
  if (get_system_memory == NULL || qemu_mutex_lock_iothread_impl == NULL) broken("this QEMU does not show its insides to a plugin: Debian's does", 0);
  counted = count;
  reset_reason = chip->power_on;
  qemu_plugin_register_vcpu_init_cb(id, build);
}
