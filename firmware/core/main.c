/** Start, and the command loop: a command is the bytes up to `%`. */
#include "cpu.h"
#include "dut.h"
#include "extension.h"
#include "extension_error.h"
#include "link.h"
#include "mlperf.h"
#include "port.h"
#include "text.h"
#include "words.h"

enum { COMMAND_MAX = 256, ENERGY_BAUD = 9600 };

int main(void);

static char command[COMMAND_MAX + 1];

/** Reads a command. @return false when it was longer than the buffer and has been dropped */
static bool read_command(void) {
  uint32_t length = 0;
  for (;;) {
    int byte = link_take();
    if (byte < 0) {
      link_wait();
      continue;
    }
    if (byte == '%') break;
    if (length == 0 && (byte == '\r' || byte == '\n' || byte == 0)) continue;
    if (length < COMMAND_MAX) command[length] = (char)byte;
    if (length <= COMMAND_MAX) length++;
  }
  if (length > COMMAND_MAX) return false;
  command[length] = '\0';
  return true;
}

static void run_command(void) {
  char *rest = command;
  const char *first = words_next(&rest);
  if (first != 0 && words_equal(first, "lf")) {
    extension_command(rest);
  } else if (first == 0 || !mlperf_command(first, rest)) {
    text("e-[Unknown command: ");
    if (first != 0) text(first);
    text_char(']');
    text_end();
  }
}

/** Takes over a baud rate that a command asked for, once its `m-ready` has left. */
static void change_baud(void) {
  uint32_t rate = dut.next_baud;
  if (rate == 0) return;
  dut.next_baud = 0;
  link_drain();
  if (!port_uart_baud(rate)) extension_error("range", "baud rate cannot be met");
  if (dut.banner_due) mlperf_banner();
  dut.banner_due = false;
}

int main(void) {
  port_init();
  dut_open();
  dut.energy_regime = port_energy_strap();
  if (dut.energy_regime) (void)port_uart_baud(ENERGY_BAUD);
  port_timestamp_line(true);
  cpu_enable_interrupts();
  port_marker(MARKER_TRANSFER);
  mlperf_reset_reason();
  mlperf_banner();
  for (;;) {
    link_drain();
    port_marker(MARKER_IDLE);
    bool whole = read_command();
    port_marker(MARKER_TRANSFER);
    if (whole) {
      run_command();
    } else {
      text("e-[Command too long]");
      text_end();
    }
    text("m-ready");
    text_end();
    change_baud();
  }
}
