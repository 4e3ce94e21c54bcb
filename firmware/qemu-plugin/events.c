#include "events.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
  WORD_MARKERS = 0,
  WORD_MARKERS_END = MARKER_WORDS,
  WORD_LEVELS = 16,
  WORD_LEVELS_END = 32,
  WORD_CLOCK = 40,
  WORD_STRAP = 41,
  WORD_PIN = 42,
  WORD_PIN_END = 44,
  WORD_ELAPSE = 47,
  WORD_DIGITS = 48,
  FAULT_STATUS = 70,
};

static struct events_options options;
static int output = STDOUT_FILENO;
static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned wait_states;
static uint32_t pending_microseconds;
static uint64_t slept_microseconds;
/* Who has reset the core since it last ran: bits of ANNOUNCED_*. */
enum { ANNOUNCED_BY_HARNESS = 1, ANNOUNCED_BY_MACHINE = 2 };
static atomic_uint reset_announced;
/* The doorbell block as this process sees it; 0 until the harness says where it lies. */
static atomic_uintptr_t doorbell_memory;
/* The program's clock: nanoseconds at a count of cycles, and the level that it goes on at. */
static struct {
  double nanoseconds, hertz;
  int64_t cycles;
} program_clock;

static void remove_folder(void) {
  DIR *folder = options.folder ? opendir(options.folder) : NULL;
  if (!folder) return;
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    struct stat status;
    bool is_socket = fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode);
    if (is_socket) unlinkat(dirfd(folder), entry->d_name, 0);
  }
  closedir(folder);
  rmdir(options.folder);
}

/* Losing the reader of the stream ends the emulator: no process outlives the harness that started it. */
static _Noreturn void end_orphan(void) {
  remove_folder();
  _exit(1);
}

static void write_line(const char *line, size_t length) {
  pthread_mutex_lock(&output_lock);
  while (length > 0) {
    ssize_t written = write(output, line, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) end_orphan();
    line += written;
    length -= (size_t)written;
  }
  pthread_mutex_unlock(&output_lock);
}

static void handle_request(const char *line) {
  unsigned value;
  uintptr_t address;
  if (strcmp(line, "reset") == 0) {
    atomic_fetch_or(&reset_announced, ANNOUNCED_BY_HARNESS);
  } else if (sscanf(line, "sync %u", &value) == 1) {
    char answer[64];
    int length = snprintf(answer, sizeof answer, "{\"event\":\"sync\",\"value\":%u}\n", value);
    write_line(answer, (size_t)length);
  } else if (sscanf(line, "memory %" SCNxPTR, &address) == 1 && address % 4 == 0) {
    atomic_store(&doorbell_memory, address);
  }
}

static void *read_requests(void *unused) {
  (void)unused;
  char line[64];
  size_t used = 0;
  char byte;
  for (;;) {
    ssize_t got = read(output, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) end_orphan();
    if (byte == '\n') {
      line[used] = 0;
      used = 0;
      handle_request(line);
    } else if (used < sizeof line - 1) {
      line[used++] = byte;
    }
  }
  return NULL;
}

static bool complain(const char *what, const char *where) {
  fprintf(stderr, "littlefirst timing plugin: %s %s: %s\n", what, where, strerror(errno));
  return false;
}

static bool connect_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return complain("cannot connect to", path);
  }
  strcpy(address.sun_path, path);
  output = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (output < 0 || connect(output, (struct sockaddr *)&address, sizeof address) < 0) {
    return complain("cannot connect to", path);
  }
  pthread_t reader;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  errno = pthread_create(&reader, NULL, read_requests, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (errno != 0) return complain("cannot start the reader of", path);
  return true;
}

bool events_open(const struct events_options *chosen) {
  options = *chosen;
  wait_states = options.wait_state_count > 0 ? options.wait_states[0] : 0;
  program_clock.hertz = options.hertz[0];
  if (options.socket) return connect_socket(options.socket);
  if (options.file && strcmp(options.file, "-") != 0) {
    output = open(options.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (output < 0) return complain("cannot write", options.file);
  }
  return true;
}

int64_t events_cycles(const struct cost *total) {
  return total->best + wait_states * total->fetches;
}

void events_emit(const char *event, unsigned value, const struct snapshot *snapshot) {
  const struct cost *total = &snapshot->total;
  char line[256];
  int length = snprintf(line, sizeof line,
                        "{\"event\":\"%s\",\"value\":%u,\"cycles\":%lld,\"lo\":%lld,\"hi\":%lld,\"early\":%lld,"
                        "\"instructions\":%llu,\"sleepUs\":%llu}\n",
                        event, value, (long long)events_cycles(total), (long long)total->low,
                        (long long)(total->high + wait_states * total->fetches_high), (long long)total->early,
                        (unsigned long long)snapshot->instructions, (unsigned long long)slept_microseconds);
  write_line(line, (size_t)length);
}

static struct cost settle_fetches(const struct snapshot *snapshot) {
  return (struct cost){
      .best = wait_states * snapshot->total.fetches,
      .high = wait_states * snapshot->total.fetches_high,
      .fetches = -snapshot->total.fetches,
      .fetches_high = -snapshot->total.fetches_high,
  };
}

static struct cost change_wait_states(unsigned count, const struct snapshot *snapshot) {
  struct cost settled = {0};
  if (count != wait_states) settled = settle_fetches(snapshot);
  wait_states = count;
  return settled;
}

/** Brings the program's clock up to a count of cycles. */
static void advance_clock(const struct snapshot *snapshot) {
  int64_t cycles = events_cycles(&snapshot->total);
  if (options.level_count > 0) program_clock.nanoseconds += (double)(cycles - program_clock.cycles) * 1e9 / program_clock.hertz;
  program_clock.cycles = cycles;
}

double events_nanoseconds(const struct snapshot *snapshot) {
  advance_clock(snapshot);
  return program_clock.nanoseconds;
}

void events_clock(double hertz, const struct snapshot *snapshot) {
  advance_clock(snapshot);
  program_clock.hertz = hertz;
}

bool events_strap(void) {
  return options.strap;
}

bool events_undervolt(void) {
  return options.undervolt;
}

int events_level_word(double hertz, uint32_t mode) {
  for (unsigned level = 0; level < options.level_count; level++) {
    bool same = level >= options.mode_count || options.modes[level] == mode;
    if (same && options.hertz[level] == hertz) return WORD_LEVELS + (int)level;
  }
  return -1;
}

void events_elapse(uint32_t microseconds, const struct snapshot *snapshot) {
  advance_clock(snapshot);
  slept_microseconds += microseconds;
  program_clock.nanoseconds += microseconds * 1e3;
  events_emit("elapse", microseconds, snapshot);
}

static void enter_level(unsigned level, const struct snapshot *snapshot, struct cost *settled) {
  advance_clock(snapshot);
  if (level < options.level_count) program_clock.hertz = options.hertz[level];
  if (level < options.wait_state_count) *settled = change_wait_states(options.wait_states[level], snapshot);
}

void events_clock_restart(const struct snapshot *snapshot) {
  advance_clock(snapshot);
  program_clock.nanoseconds = 0;
}

void events_restart(enum reset reset, const struct snapshot *snapshot, struct cost *settled) {
  *settled = (struct cost){0};
  if (reset != RESET_FIRST_START) events_emit("reset", reset == RESET_BY_HARNESS, snapshot);
  enter_level(0, snapshot, settled);
  events_clock_restart(snapshot);
}

/** The program reads what it asked for from the doorbell block itself: the interface to QEMU has no way to it. */
static void answer(unsigned word, uint32_t value) {
  uintptr_t memory = atomic_load_explicit(&doorbell_memory, memory_order_relaxed);
  if (memory != 0) ((volatile uint32_t *)memory)[word] = value;
}

static void answer_clock(const struct snapshot *snapshot) {
  advance_clock(snapshot);
  answer(WORD_CLOCK, (uint32_t)(uint64_t)(program_clock.nanoseconds / 1e3));
}

void events_ring(unsigned word, const struct snapshot *snapshot, struct cost *settled) {
  *settled = (struct cost){0};
  if (word < WORD_MARKERS_END) {
    events_emit("marker", word - WORD_MARKERS, snapshot);
  } else if (word >= WORD_LEVELS && word < WORD_LEVELS_END) {
    unsigned level = word - WORD_LEVELS;
    events_emit("level", level, snapshot);
    enter_level(level, snapshot, settled);
  } else if (word >= WORD_DIGITS) {
    pending_microseconds = pending_microseconds << 4 | (word - WORD_DIGITS);
  } else if (word == WORD_ELAPSE) {
    events_elapse(pending_microseconds, snapshot);
    pending_microseconds = 0;
  } else if (word == WORD_CLOCK) {
    answer_clock(snapshot);
  } else if (word == WORD_STRAP) {
    answer(WORD_STRAP, options.strap);
  } else if (word >= WORD_PIN && word < WORD_PIN_END) {
    events_emit("pin", word - WORD_PIN, snapshot);
  } else {
    events_emit("mark", word, snapshot);
  }
}

void events_announce_reset(void) {
  atomic_fetch_or(&reset_announced, ANNOUNCED_BY_MACHINE);
}

enum reset events_take_reset(void) {
  if (atomic_load_explicit(&reset_announced, memory_order_relaxed) == 0) return RESET_NONE;
  return (atomic_exchange(&reset_announced, 0) & ANNOUNCED_BY_HARNESS) != 0 ? RESET_BY_HARNESS : RESET_BY_PROGRAM;
}

void events_fault(uint32_t pc, const struct snapshot *snapshot) {
  events_emit("fault", pc, snapshot);
  fprintf(stderr, "littlefirst timing plugin: the DSP instruction at 0x%08x does not exist on this core\n", pc);
  _exit(FAULT_STATUS);
}
