#include "mlperf.h"

#include "cascade.h"
#include "dut.h"
#include "link.h"
#include "port.h"
#include "text.h"
#include "words.h"

enum { DEFAULT_WARMUP = 10, BYTES_A_LINE = 8, TIMESTAMP_HOLD_US = 50 };

static uint32_t db_size, db_position;
static struct step_result last;
static bool any_result;

static void line(const char *string) {
  text(string);
  text_end();
}

void mlperf_pulse(void) {
  if (!dut.energy_regime) return;
  port_timestamp_line(false);
  uint32_t start = port_micros();
  while (port_micros() - start <= TIMESTAMP_HOLD_US) {
  }
  port_timestamp_line(true);
}

/** In the energy regime a pulse on a pin, else a line. */
static void timestamp(void) {
  mlperf_pulse();
  if (dut.energy_regime) return;
  uint32_t now = port_micros();
  text("m-lap-us-");
  text_unsigned(now);
  text_end();
}

void mlperf_reset_reason(void) {
  const char *reason = port_reset_reason();
  if (reason == 0) return;
  text("m-reset-[");
  text(reason);
  text_char(']');
  text_end();
}

void mlperf_banner(void) {
  line(dut.energy_regime ? "m-timestamp-mode-energy" : "m-timestamp-mode-performance");
  timestamp();
  line("m-init-done");
  line("m-ready");
}

static void results(void) {
  text("m-results-[");
  uint32_t count = dut.blob_status == LF_OK ? dut.blob.label_count : 0;
  if (any_result && last.scored) {
    text_unsigned(last.score);
    text(".000");
    count = 0;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (i != 0) text_char(',');
    text(any_result && last.label == i ? "1.000" : "0.000");
  }
  text_char(']');
  text_end();
}

static void text_signed(int32_t value) {
  if (value < 0) text_char('-');
  text_unsigned(value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
}

static void db_load(const char *word) {
  if (word == 0) {
    line("e-[Command 'db load' requires the # of bytes]");
    return;
  }
  int32_t size = words_atoi(word);
  db_size = 0;
  db_position = 0;
  if (size == 0) {
    line("e-[Command 'db load' must be >0 bytes]");
  } else if (size < 0 || (uint32_t)size > dut.db_max_bytes) {
    text("Supplied buffer size ");
    text_signed(size);
    text(" exceeds maximum of ");
    text_unsigned(dut.db_max_bytes);
    text_char('\n');
  } else {
    if (dut.blob_status == LF_OK) dut_take_ring();
    db_size = (uint32_t)size;
    text("m-[Expecting ");
    text_unsigned(db_size);
    text(" bytes]");
    text_end();
  }
}

/** Eight bytes a line; a last line that is not full is followed by an empty one, as the reference does. */
static void db_print(void) {
  for (uint32_t i = 0; i < db_size; i++) {
    if (i % BYTES_A_LINE == 0) text("m-buffer-");
    text_hex(dut.db[i], 2);
    if (i % BYTES_A_LINE == BYTES_A_LINE - 1 || i + 1 == db_size) {
      text_end();
    } else {
      text_char('-');
    }
  }
  if (db_size % BYTES_A_LINE != 0) text_end();
}

static void db_bytes(const char *digits) {
  uint32_t count = 0;
  while (digits[count] != '\0') count++;
  if ((count & 1u) != 0) {
    line("e-[Insufficent number of hex digits]");
    return;
  }
  for (uint32_t i = 0; i < count; i += 2) {
    int high = words_hex_digit(digits[i]), low = words_hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) {
      text("e-[Invalid hex digit '");
      text_char(digits[i]);
      text_char(digits[i + 1]);
      text("']");
      text_end();
      return;
    }
    if (db_position >= db_size) return; /* surplus digits are ignored */
    dut.db[db_position++] = (uint8_t)(high << 4 | low);
    if (db_position == db_size) {
      line("m-load-done");
      return;
    }
  }
}

static void db_command(char *rest) {
  char *word = words_next(&rest);
  if (word == 0) {
    line("e-[Command 'db' requires a subcommand]");
  } else if (words_equal(word, "load")) {
    db_load(words_next(&rest));
  } else if (words_equal(word, "print")) {
    db_print();
  } else {
    db_bytes(word);
  }
}

static void run(uint32_t count) {
  while (count-- > 0) {
    cascade_step(dut.db, &last);
    port_progress();
  }
}

static void infer(char *rest) {
  uint32_t iterations = 1, warmup = DEFAULT_WARMUP;
  char *word = words_next(&rest);
  if (word != 0) {
    int32_t value = words_atoi(word);
    if (value <= 0) {
      line("e-[Inference iterations must be >0]");
      return;
    }
    iterations = (uint32_t)value;
    word = words_next(&rest);
    if (word != 0) {
      value = words_atoi(word);
      if (value < 0) {
        line("e-[Inference warmup must be >=0]");
        return;
      }
      warmup = (uint32_t)value;
    }
  }
  if (dut.blob_status != LF_OK) {
    line("e-[No bundle in flash]");
    return;
  }
  if (db_position != dut.blob.window->bytes) {
    text("e-[Input holds ");
    text_unsigned(db_position);
    text(" of ");
    text_unsigned(dut.blob.window->bytes);
    text(" bytes]");
    text_end();
    return;
  }
  any_result = true;
  text("m-warmup-start-");
  text_unsigned(warmup);
  text_end();
  run(warmup);
  port_marker(MARKER_TRANSFER);
  line("m-warmup-done");
  text("m-infer-start-");
  text_unsigned(iterations);
  text_end();
  if (dut.energy_regime) {
    link_drain();
    port_marker(MARKER_IDLE);
  }
  timestamp();
  run(iterations);
  mlperf_pulse();
  port_marker(MARKER_TRANSFER);
  if (!dut.energy_regime) timestamp();
  line("m-infer-done");
  results();
}

static void help(void) {
  static const char *const lines[] = {
      "ULPMark for tinyML Firmware V0.0.1",
      "",
      "help         : Print this information",
      "name         : Print the name of the device",
      "timestsamp   : Generate a timetsamp",
      "db SUBCMD    : Manipulate a generic byte buffer",
      "  load N     : Allocate N bytes and set load counter",
      "  db HH[HH]* : Load 8-bit hex byte(s) until N bytes",
      "  print [N=16] [offset=0]",
      "             : Print N bytes at offset as hex",
      "infer N [W=0]: Load input, execute N inferences after W warmup loops",
      "results      : Return the result fp32 vector",
  };
  for (uint32_t i = 0; i < sizeof lines / sizeof lines[0]; i++) line(lines[i]);
}

bool mlperf_command(const char *command, char *rest) {
  if (words_equal(command, "name")) {
    text("m-name-dut-[littlefirst-");
    text(port_facts.board);
    text_char(']');
    text_end();
  } else if (words_equal(command, "timestamp")) {
    timestamp();
  } else if (words_equal(command, "profile")) {
    line("m-profile-[ULPMark for tinyML Firmware V0.0.1]");
    text("m-model-[");
    if (dut.blob_status == LF_OK) {
      text_field(dut.blob.header->bundle_name, sizeof dut.blob.header->bundle_name);
    } else {
      text("none");
    }
    text_char(']');
    text_end();
  } else if (words_equal(command, "help")) {
    help();
  } else if (words_equal(command, "db")) {
    db_command(rest);
  } else if (words_equal(command, "infer")) {
    infer(rest);
  } else if (words_equal(command, "results")) {
    results();
  } else {
    return false;
  }
  return true;
}
