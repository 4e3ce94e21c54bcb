/* Entry points of the plugin: its arguments, and what is registered with QEMU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "counting.h"
#include "profile.h"
#include "qemu-device.h"

#ifndef PLUGIN_API
#define PLUGIN_API 1
#endif
#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = PLUGIN_API;

struct arguments {
  enum core core;
  uint32_t flash_end;
  uint32_t flash_line_bytes;
  bool exact;
  const char *ranges, *profile; /* files of the profile, or NULL */
  struct counting_options counting;
  struct events_options events;
};

static bool exact_mode;

static bool parse_number(const char *text, uint32_t *value) {
  char *end;
  unsigned long long number = strtoull(text, &end, 0);
  if (*text == 0 || *end != 0 || number > UINT32_MAX) return false;
  *value = (uint32_t)number;
  return true;
}

static bool parse_core(const char *text, struct arguments *arguments) {
  static const char *const names[] = {[CORE_M0PLUS] = "m0p", [CORE_M3] = "m3", [CORE_M4] = "m4", [CORE_M33] = "m33"};
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(text, names[i]) != 0) continue;
    arguments->core = (enum core)i;
    return true;
  }
  return false;
}

static bool parse_wait_states(const char *text, struct events_options *events) {
  const char *at = text;
  for (;;) {
    char *end;
    unsigned long value = strtoul(at, &end, 10);
    if (end == at || value > 64 || events->wait_state_count == MAX_LEVELS) return false;
    events->wait_states[events->wait_state_count++] = (unsigned)value;
    if (*end == 0) return true;
    if (*end != ':') return false;
    at = end + 1;
  }
}

static bool parse_clocks(const char *text, struct events_options *events) {
  const char *at = text;
  for (;;) {
    char *end;
    double value = strtod(at, &end);
    if (end == at || !(value > 0) || events->level_count == MAX_LEVELS) return false;
    events->hertz[events->level_count++] = value;
    if (*end == 0) return true;
    if (*end != ':') return false;
    at = end + 1;
  }
}

static bool parse_modes(const char *text, struct events_options *events) {
  const char *at = text;
  for (;;) {
    char *end;
    unsigned long value = strtoul(at, &end, 10);
    if (end == at || events->mode_count == MAX_LEVELS) return false;
    events->modes[events->mode_count++] = (uint32_t)value;
    if (*end == 0) return true;
    if (*end != ':') return false;
    at = end + 1;
  }
}

static bool parse_switch(const char *text, bool *value) {
  uint32_t on;
  if (!parse_number(text, &on) || on > 1) return false;
  *value = on;
  return true;
}

static bool parse_argument(const char *name, const char *value, struct arguments *arguments) {
  if (strcmp(name, "core") == 0) return parse_core(value, arguments);
  if (strcmp(name, "out") == 0) return (arguments->events.file = strdup(value)) != NULL;
  if (strcmp(name, "sock") == 0) return (arguments->events.socket = strdup(value)) != NULL;
  if (strcmp(name, "rmdir") == 0) return (arguments->events.folder = strdup(value)) != NULL;
  if (strcmp(name, "ws") == 0) return parse_wait_states(value, &arguments->events);
  if (strcmp(name, "flashend") == 0) return parse_number(value, &arguments->flash_end);
  if (strcmp(name, "line") == 0) {
    uint32_t bytes;
    if (!parse_number(value, &bytes) || bytes < 4 || (bytes & (bytes - 1)) != 0) return false;
    arguments->flash_line_bytes = bytes;
    return true;
  }
  if (strcmp(name, "exact") == 0) return parse_switch(value, &arguments->exact);
  if (strcmp(name, "ranges") == 0) return (arguments->ranges = strdup(value)) != NULL;
  if (strcmp(name, "profile") == 0) return (arguments->profile = strdup(value)) != NULL;
  if (strcmp(name, "hz") == 0) return parse_clocks(value, &arguments->events);
  if (strcmp(name, "mode") == 0) return parse_modes(value, &arguments->events);
  if (strcmp(name, "strap") == 0) return parse_switch(value, &arguments->events.strap);
  if (strcmp(name, "undervolt") == 0) return parse_switch(value, &arguments->events.undervolt);
  if (strcmp(name, "board") == 0) return arguments->counting.has_board = board_choose(value);
  if (strcmp(name, "doorbell") == 0) {
    arguments->counting.has_doorbell = true;
    return parse_number(value, &arguments->counting.doorbell) && arguments->counting.doorbell % 4 == 0;
  }
  return false;
}

static bool parse_arguments(int argc, char **argv, struct arguments *arguments) {
  for (int i = 0; i < argc; i++) {
    char name[16];
    const char *equals = strchr(argv[i], '=');
    size_t length = equals ? (size_t)(equals - argv[i]) : 0;
    if (length > 0 && length < sizeof name) {
      memcpy(name, argv[i], length);
      name[length] = 0;
      if (parse_argument(name, equals + 1, arguments)) continue;
    }
    fprintf(stderr,
            "littlefirst timing plugin: bad argument '%s'; expected core=m0p|m3|m4|m33 doorbell=ADDRESS out=FILE|sock=PATH "
            "rmdir=FOLDER exact=0|1 ranges=FILE profile=FILE ws=N[:N...] hz=N[:N...] strap=0|1 undervolt=0|1 board=apollo3|nrf52840|rp2350 mode=N[:N...] line=BYTES flashend=ADDRESS\n",
            argv[i]);
    return false;
  }
  return true;
}

static void on_reset(void *unused) {
  (void)unused;
  events_announce_reset();
}

static void at_exit(qemu_plugin_id_t id, void *user) {
  (void)id;
  (void)user;
  struct snapshot snapshot = exact_mode ? exact_snapshot() : folded_snapshot();
  events_emit("exit", 0, &snapshot);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  struct arguments arguments = {.core = CORE_M3, .flash_end = 0x20000000, .flash_line_bytes = 16};
  if (strcmp(info->target_name, "arm") != 0 || !info->system_emulation) {
    fprintf(stderr, "littlefirst timing plugin: needs qemu-system-arm, got target %s\n", info->target_name);
    return -1;
  }
  if (!parse_arguments(argc, argv, &arguments)) return -1;
  if ((arguments.ranges != NULL) != (arguments.profile != NULL) || (arguments.profile && !arguments.exact)) {
    fprintf(stderr, "littlefirst timing plugin: a profile needs ranges=FILE, profile=FILE and exact=1\n");
    return -1;
  }
  if (arguments.profile && !profile_open(arguments.ranges, arguments.profile)) return -1;
  if (!events_open(&arguments.events)) return -1;
  model_configure(arguments.core, arguments.flash_end, arguments.flash_line_bytes);
  arguments.counting.fault_on_dsp = arguments.core == CORE_M3;
  exact_mode = arguments.exact;
  if (exact_mode) {
    exact_start(&arguments.counting);
    qemu_plugin_register_vcpu_tb_trans_cb(id, exact_translate);
  } else {
    folded_start(&arguments.counting);
    qemu_plugin_register_vcpu_tb_trans_cb(id, folded_translate);
  }
  if (arguments.counting.has_board) board_install(id, exact_mode ? exact_snapshot : folded_snapshot);
  /* A QEMU that does not export it: a restart by the program is known by the address that it starts at. */
  if (qemu_register_reset != NULL) qemu_register_reset(on_reset, NULL);
  qemu_plugin_register_atexit_cb(id, at_exit, NULL);
  return 0;
}
