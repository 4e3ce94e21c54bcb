#include "board.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu.h"
#include "port.h"

enum { FLASH_BYTES = 64 * 1024, CHUNK_BYTES = 97, FIFO_BYTES = 16, MICROSECONDS_A_LOOK = 7 };
/* A host that asks for a million inferences gets them: then it cuts the power. */
enum { MOST_WINDOWS = 300 };

int firmware_main(void);

/* The image that `lf id` hashes. */
__asm(".section .rodata\n.globl __image_start\n__image_start:\n.fill 64, 1, 0x5a\n.globl __image_end\n__image_end:\n.text\n");

static uint8_t flash[FLASH_BYTES] __attribute__((aligned(8)));

const struct port_facts port_facts = {
    .board = "host",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = FLASH_BYTES,
    .blob_address = (uintptr_t)flash,
    .blob_max_bytes = FLASH_BYTES,
    .cycle_counter = true,
};

/* ---- memory: state.ld gathers everything that the firmware can write ---- */

extern uint64_t firmware_state[], firmware_state_end[];

__attribute__((no_sanitize("address", "undefined"))) static void copy_words(volatile uint64_t *to, volatile uint64_t *from,
                                                                            size_t words) {
  while (words-- > 0) *to++ = *from++;
}

void board_power_on(void) {
  static uint64_t *fresh;
  size_t words = (size_t)(firmware_state_end - firmware_state);
  if (fresh == 0) {
    fresh = malloc(words * sizeof *fresh);
    if (fresh == 0) abort();
    copy_words(fresh, firmware_state, words);
  } else {
    copy_words(firmware_state, fresh, words);
  }
}

void board_flash(const uint8_t *blob, size_t bytes) {
  if (bytes > sizeof flash) abort();
  memcpy(flash, blob, bytes);
  memset(flash + bytes, 0xff, bytes == 0 ? 64 : 0);
}

/* ---- the host at the other end of the line ---- */

static const char question[] = "%name%", answer[] = "m-name-dut-[littlefirst-host]\r\nm-ready\r\n";
/** What ends a frame and a stream, then a command, then a stream that this command began; then asks. */
static const struct {
  const char *bytes;
  size_t count;
} farewell[] = {{"\0\0\0", 3}, {"%", 1}, {"\0\0\0", 3}, {question, sizeof question - 1}};
enum { FAREWELLS = sizeof farewell / sizeof farewell[0] };

static struct {
  const uint8_t *bytes;
  size_t left, farewells;
  bool energy;
  uint32_t microseconds, windows;
  size_t matched; /* bytes of the answer that were the last to be heard */
} host;
static jmp_buf power_off;
static struct port_level level;

static void hear(uint8_t byte) {
  if (byte != (uint8_t)answer[host.matched]) host.matched = 0;
  if (byte == (uint8_t)answer[host.matched]) host.matched++;
  if (host.matched < sizeof answer - 1) return;
  host.matched = 0;
  if (host.farewells == FAREWELLS) longjmp(power_off, 1);
}

static void send(size_t most) {
  for (; most > 0 && host.left > 0; most--, host.left--) link_receive(*host.bytes++);
}

static bool listen(void) {
  bool any = false;
  for (int byte; (byte = link_next_byte()) >= 0; any = true) hear((uint8_t)byte);
  return any;
}

static void window_done(void) {
  if (++host.windows > MOST_WINDOWS) longjmp(power_off, 1);
}

void cpu_restore_interrupts(uint32_t primask) {
  (void)primask;
  send(1);
}

void port_rest(void) {
  port_sleep();
}

void port_sleep(void) {
  if (listen()) return;
  if (host.left > 0) {
    send(CHUNK_BYTES);
    return;
  }
  if (host.farewells == FAREWELLS) {
    fputs("the firmware no longer answers\n", stderr);
    abort();
  }
  host.bytes = (const uint8_t *)farewell[host.farewells].bytes;
  host.left = farewell[host.farewells].count;
  host.farewells++;
}

void board_talk(const uint8_t *bytes, size_t count, bool energy_regime) {
  board_power_on();
  memset(&host, 0, sizeof host);
  memset(&level, 0, sizeof level);
  host.bytes = bytes;
  host.left = count;
  host.energy = energy_regime;
  if (setjmp(power_off) == 0) firmware_main();
}

/* ---- the rest of the board ---- */

void port_init(void) {}

void port_uart_kick(void) {
  for (int left = FIFO_BYTES, byte; left > 0 && (byte = link_next_byte()) >= 0; left--) hear((uint8_t)byte);
}

bool port_uart_baud(uint32_t baud) { return baud >= 300 && baud <= 3000000; }
bool port_uart_idle(void) { return true; }

bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  (void)index;
  if (count > PORT_LEVEL_WORDS || words[0] == 0) return false;
  memcpy(level.words, words, count * sizeof *words);
  level.count = count;
  return true;
}

void port_level_read(struct port_level *now) { *now = level; }

void port_marker(enum marker state) {
  if (state > MARKER_TRANSFER) abort();
}

void port_timestamp_line(bool high) { (void)high; }
bool port_energy_strap(void) { return host.energy; }

void port_idle_us(uint32_t microseconds) {
  host.microseconds += microseconds;
  window_done();
  send(FIFO_BYTES);
}

uint32_t port_micros(void) { return host.microseconds += MICROSECONDS_A_LOOK; }
void port_cycles_start(void) {}
uint32_t port_cycles_read(void) { return host.microseconds; }
void port_cycles_stop(void) {}
void port_bootloader(void) { longjmp(power_off, 1); }
_Noreturn void port_restart(void) { longjmp(power_off, 1); }
const char *port_reset_reason(void) { return 0; }
void port_progress(void) { window_done(); }
void port_uart_put_polled(uint8_t byte) { hear(byte); }
