#include "extension.h"

#include "blob.h"
#include "cascade.h"
#include "dut.h"
#include "extension_error.h"
#include "link.h"
#include "port.h"
#include "sha256.h"
#include "stages.h"
#include "stages_command.h"
#include "stream.h"
#include "text.h"
#include "words.h"

enum { PROTOCOL_VERSION = 2, NONCE_DIGITS = 16, HASH_BYTES = 8, ENERGY_BAUD = 9600, PERFORMANCE_BAUD = 115200 };

extern const uint8_t __image_start[], __image_end[];

static void usage(const char *what) {
  extension_error("usage", what);
}

static bool has_blob(void) {
  if (dut.blob_status == LF_OK) return true;
  extension_error("blob", dut.blob_status == LF_BLOB_ABSENT ? "no bundle in flash" : "bundle refused");
  return false;
}

static void key_unsigned(const char *key, uint32_t value) {
  text_key(key);
  text_unsigned(value);
}

static void key_text(const char *key, const char *value) {
  text_key(key);
  text(value);
}

static void key_hash(const char *key, const uint8_t *bytes, uint32_t length) {
  uint8_t digest[32];
  sha256(bytes, length, digest);
  text_key(key);
  text_bytes_hex(digest, HASH_BYTES);
}

static void strategy_names(void) {
  for (uint32_t i = 0; i < dut.blob.strategy_count; i++) {
    const lf_hold *strategy = lf_blob_strategy(&dut.blob, i);
    if (i != 0) text_char(',');
    text_field(strategy->name, sizeof strategy->name);
  }
}

/** Nonce of the first `lf id` since the start: another one than before tells a host that the board started anew. */
static char first_nonce[NONCE_DIGITS + 1];

static void keep_first(const char *nonce) {
  if (first_nonce[0] != '\0') return;
  for (uint32_t i = 0; nonce[i] != '\0'; i++) first_nonce[i] = nonce[i];
}

static void identify(char *rest) {
  const char *nonce = words_next(&rest);
  uint32_t digits = 0;
  while (nonce != 0 && words_hex_digit(nonce[digits]) >= 0) digits++;
  if (nonce == 0 || nonce[digits] != '\0' || digits == 0 || digits > NONCE_DIGITS) {
    usage("lf id <1 to 16 hex digits>");
    return;
  }
  keep_first(nonce);
  bool blob = dut.blob_status == LF_OK;
  text("m-lf-id");
  key_text("nonce", nonce);
  key_unsigned("protocol", PROTOCOL_VERSION);
  key_text("board", port_facts.board);
  key_hash("image", __image_start, (uint32_t)(__image_end - __image_start));
  if (blob) {
    key_hash("blob", (const uint8_t *)dut.blob.header, dut.blob.header->total_bytes);
    text_key("bundle");
    text_field(dut.blob.header->bundle_name, sizeof dut.blob.header->bundle_name);
  } else {
    key_text("blob", "-");
    key_text("bundle", "-");
  }
  key_unsigned("flash", port_facts.flash_bytes);
  key_unsigned("ram", port_facts.ram_bytes);
  key_text("dtype", dut_dtype());
  key_unsigned("channels", blob ? dut.blob.window->channels : 0);
  key_unsigned("samples", blob ? dut.blob.window->samples : 0);
  key_unsigned("bytes", blob ? dut.blob.window->bytes : 0);
  text_key("strategies");
  if (blob) {
    strategy_names();
  } else {
    text_char('-');
  }
  key_unsigned("cyclecounter", port_facts.cycle_counter);
  const char *reason = port_reset_reason();
  key_text("reset", reason != 0 ? reason : "-");
  key_text("since", first_nonce);
  text_end_checked();
}

static void levels(void) {
  if (!has_blob()) return;
  text("m-lf-levels");
  key_unsigned("count", dut.blob.level_count);
  text_end_checked();
  for (uint32_t i = 0; i < dut.blob.level_count; i++) {
    const lf_level *level = &dut.blob.levels[i];
    text("m-lf-leveldef");
    key_unsigned("n", i);
    text_key("name");
    text_field(level->name, sizeof level->name);
    key_unsigned("mv", level->millivolts);
    key_unsigned("hz", level->hertz);
    text_end_checked();
  }
}

static void level(char *rest) {
  const char *word = words_next(&rest);
  uint32_t index;
  if (word == 0 || !words_unsigned(word, &index)) {
    usage("lf level <n>");
    return;
  }
  if (!has_blob()) return;
  if (index >= dut.blob.level_count) {
    extension_error("range", "no such level");
    return;
  }
  if (!port_level_set(index, dut.blob.levels[index].registers, PORT_LEVEL_WORDS)) {
    extension_error("level", "registers outside the limits of the chip");
    return;
  }
  stages_clear();
  struct port_level now;
  port_level_read(&now);
  text("m-lf-level");
  key_unsigned("n", index);
  key_unsigned("mv", now.millivolts);
  key_unsigned("hz", now.hertz);
  text_key("reg");
  for (uint32_t i = 0; i < now.count; i++) {
    if (i != 0) text_char(':');
    text_hex(now.words[i], 0);
  }
  text_end_checked();
}

static bool names_equal(const char *field, uint32_t size, const char *word) {
  uint32_t i = 0;
  for (; i < size && field[i] != '\0'; i++) {
    if (field[i] != word[i]) return false;
  }
  return word[i] == '\0';
}

static void strategy(char *rest) {
  const char *name = words_next(&rest), *value = words_next(&rest);
  if (name == 0) {
    usage("lf strategy <name> [parameter]");
    return;
  }
  if (!has_blob()) return;
  uint32_t index = 0, parameter;
  while (index < dut.blob.strategy_count) {
    const lf_hold *candidate = lf_blob_strategy(&dut.blob, index);
    if (names_equal(candidate->name, sizeof candidate->name, name)) break;
    index++;
  }
  if (index == dut.blob.strategy_count || !cascade_select(index)) {
    extension_error("range", "no such strategy");
    return;
  }
  if (value != 0 && !words_unsigned(value, &parameter)) {
    usage("the parameter is a decimal number");
    return;
  }
  if (value != 0 && !cascade_parameter(parameter)) {
    extension_error("range", "parameter not taken or out of range");
    return;
  }
  text("m-lf-strategy");
  key_text("name", name);
  key_unsigned("parameter", cascade_parameter_value());
  text_end_checked();
}

static void stream(char *rest) {
  const char *word = words_next(&rest);
  bool quiet = word != 0 && words_equal(word, "quiet");
  uint32_t tail = 0;
  if (quiet) word = words_next(&rest);
  if (word != 0) {
    const char *bytes = words_next(&rest);
    if (!words_equal(word, "tail") || bytes == 0 || !words_unsigned(bytes, &tail)) {
      usage("lf stream [quiet] [tail <bytes>]");
      return;
    }
  }
  if (!has_blob()) return;
  if (word != 0 && (tail == 0 || tail >= dut.blob.window->bytes)) {
    extension_error("range", "a tail is shorter than a window");
    return;
  }
  stream_run(quiet, tail);
}

static void load(char *rest) {
  const char *word = words_next(&rest);
  uint32_t slot;
  if (word == 0 || !words_unsigned(word, &slot)) {
    usage("lf load <slot>");
    return;
  }
  if (!has_blob()) return;
  if (slot >= dut.slot_count || slot > dut.loaded) {
    extension_error("range", "slots are loaded in order");
    return;
  }
  stream_load(slot);
}

static void loop(char *rest) {
  const char *word = words_next(&rest), *second = words_next(&rest);
  uint32_t windows, count = dut.loaded;
  if (word == 0 || !words_unsigned(word, &windows) || (second != 0 && !words_unsigned(second, &count))) {
    usage("lf loop <n> [count]");
    return;
  }
  if (!has_blob()) return;
  if (windows == 0 || count == 0 || count > dut.loaded) {
    extension_error(dut.loaded == 0 ? "state" : "range", "needs loaded slots");
    return;
  }
  stream_loop(windows, count);
}

static void guard(char *rest) {
  const char *word = words_next(&rest);
  uint32_t microseconds;
  if (word == 0 || !words_unsigned(word, &microseconds) || microseconds > 10000000u) {
    usage("lf guard <0 to 10000000 us>");
    return;
  }
  dut.guard_us = microseconds;
  text("m-lf-guard");
  key_unsigned("us", microseconds);
  text_end_checked();
}

static void baud(char *rest) {
  const char *word = words_next(&rest);
  uint32_t rate;
  if (word == 0 || !words_unsigned(word, &rate)) {
    usage("lf baud <rate>");
    return;
  }
  text("m-lf-baud");
  key_unsigned("baud", rate);
  text_end_checked();
  dut.next_baud = rate;
}

static void regime(char *rest) {
  const char *word = words_next(&rest);
  bool energy = word != 0 && words_equal(word, "energy");
  if (word == 0 || !(energy || words_equal(word, "performance"))) {
    usage("lf regime <energy|performance>");
    return;
  }
  uint32_t rate = energy ? ENERGY_BAUD : PERFORMANCE_BAUD;
  text("m-lf-regime");
  key_text("name", word);
  key_unsigned("baud", rate);
  text_end_checked();
  dut.energy_regime = energy;
  dut.next_baud = rate;
  dut.banner_due = true;
}

void extension_command(char *rest) {
  const char *verb = words_next(&rest);
  if (verb == 0) {
    usage("lf <verb>");
  } else if (words_equal(verb, "id")) {
    identify(rest);
  } else if (words_equal(verb, "levels")) {
    levels();
  } else if (words_equal(verb, "level")) {
    level(rest);
  } else if (words_equal(verb, "stages")) {
    if (has_blob()) stages_command(rest);
  } else if (words_equal(verb, "strategy")) {
    strategy(rest);
  } else if (words_equal(verb, "reset")) {
    cascade_reset();
    text("m-lf-reset");
    text_end_checked();
  } else if (words_equal(verb, "stream")) {
    stream(rest);
  } else if (words_equal(verb, "load")) {
    load(rest);
  } else if (words_equal(verb, "loop")) {
    loop(rest);
  } else if (words_equal(verb, "guard")) {
    guard(rest);
  } else if (words_equal(verb, "baud")) {
    baud(rest);
  } else if (words_equal(verb, "regime")) {
    regime(rest);
  } else if (words_equal(verb, "bootloader")) {
    text("m-lf-bootloader");
    text_end_checked();
    link_drain();
    port_bootloader();
  } else {
    usage("unknown verb");
  }
}
