/**
 * What a port can do, without the firmware's core, as a program for the chip itself: runs in QEMU on the model of the chip's registers
 * (firmware/qemu-plugin). Included by a chip's main.c, behind its levels (`levels`, `refused`), its baud rates (`bauds`), and: TOLD_WORDS, register words of a
 * level that are told; LISTENED, bytes that it waits for; GATED, whether markers go by the gate's and an idle of 0 is tried. Each step sends a line; the last one is "end".
 */
#pragma once

enum { SEMIHOSTING_EXIT = 0x18, EXIT_OK = 0x20026 };

int main(void);

static const char *text = "";
static uint8_t heard[64];
static volatile uint32_t heard_count;

void link_receive(uint8_t byte) {
  if (heard_count < sizeof heard) heard[heard_count++] = byte;
}

int link_next_byte(void) {
  return *text == '\0' ? -1 : (uint8_t)*text++;
}

static void tell(const char *line) {
  text = line;
  port_uart_kick();
  while (!port_uart_idle()) {
  }
}

static char *put(char *at, uint32_t value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10u);
  while ((value /= 10u) != 0);
  while (count > 0) *at++ = digits[--count];
  return at;
}

static void tell_numbers(const char *name, const uint32_t *values, uint32_t count) {
  static char line[96];
  char *at = line;
  while (*name != '\0') *at++ = *name++;
  for (uint32_t i = 0; i < count; i++) {
    *at++ = ' ';
    at = put(at, values[i]);
  }
  *at++ = '\n';
  *at = '\0';
  tell(line);
}

enum { LEVELS = sizeof levels / sizeof levels[0], REFUSED = sizeof refused / sizeof refused[0], BAUDS = sizeof bauds / sizeof bauds[0] };

static void set_level(const uint32_t *words) {
  struct port_level level;
  bool set = port_level_set(0, words, PORT_LEVEL_WORDS);
  port_level_read(&level);
  uint32_t told[TOLD_WORDS + 3] = {set};
  for (uint32_t i = 0; i < TOLD_WORDS; i++) told[1 + i] = level.words[i];
  told[TOLD_WORDS + 1] = level.millivolts;
  told[TOLD_WORDS + 2] = level.hertz;
  tell_numbers("level", told, TOLD_WORDS + 3);
}

static void idle(uint32_t microseconds) {
  uint32_t before = port_micros();
  port_idle_us(microseconds);
  uint32_t passed = port_micros() - before;
  tell_numbers("idle", (uint32_t[]){microseconds, passed}, 2);
}

static void tell_bauds(void) {
  uint32_t met[BAUDS];
  for (uint32_t i = 0; i < BAUDS; i++) met[i] = port_uart_baud(bauds[i]);
  tell_numbers("baud", met, BAUDS);
}

static void count(void) {
  port_cycles_start();
  for (volatile uint32_t i = 0; i < 1000u; i++) {
  }
  uint32_t cycles = port_cycles_read();
  port_cycles_stop();
  tell_numbers("cycles", &cycles, 1);
}

static void listen(void) {
  uint32_t bytes[LISTENED];
  while (heard_count < LISTENED) {
    uint32_t mask = cpu_mask_interrupts();
    if (heard_count < LISTENED) port_sleep();
    cpu_restore_interrupts(mask);
  }
  for (uint32_t i = 0; i < LISTENED; i++) bytes[i] = heard[i];
  tell_numbers("heard", bytes, LISTENED);
}

int main(void) {
  port_init();
  cpu_enable_interrupts();
  const char *reason = port_reset_reason();
  tell(reason != 0 ? "reason\n" : "no reason\n");
  tell_bauds();
  for (uint32_t from = 0; from < LEVELS; from++) {
    for (uint32_t to = 0; to < LEVELS; to++) {
      set_level(levels[from]);
      set_level(levels[to]);
      port_marker(MARKER_BIG);
      if (GATED) port_marker(MARKER_GATE);
      port_marker(MARKER_IDLE);
      if (GATED) idle(0);
      idle(500);
      idle(20000);
    }
    count();
    port_progress();
  }
  for (uint32_t i = 0; i < REFUSED; i++) set_level(refused[i]);
  idle(20000000); /* longer than the watchdog */
  tell("say\n");
  listen();
  tell("end\n");
  register uint32_t call __asm("r0") = SEMIHOSTING_EXIT, status __asm("r1") = EXIT_OK;
  __asm volatile("bkpt 0xab" ::"r"(call), "r"(status));
  for (;;) cpu_wait_for_interrupt();
}
