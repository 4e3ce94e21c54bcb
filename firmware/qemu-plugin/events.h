/*
 * The doorbell and the event stream. A store into word k of the doorbell block is event k (the plugin interface shows
 * addresses of stores, not their values). README.md lists the words and the JSON lines.
 */
#ifndef LITTLEFIRST_EVENTS_H
#define LITTLEFIRST_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

/** Counters at the moment of an event. */
struct snapshot {
  struct cost total;
  uint64_t instructions;
};

enum { DOORBELL_BYTES = 256, MAX_LEVELS = 16, MARKER_WORDS = 4 };

struct events_options {
  double hertz[MAX_LEVELS]; /* core clock of each level */
  unsigned level_count;     /* 0: the program has no clock of its own */
  uint32_t modes[MAX_LEVELS]; /* what tells levels of the same clock apart */
  unsigned mode_count;
  bool strap;               /* what the program is told of its strap */
  bool undervolt;           /* a modelled chip lets a clock too fast for its voltage pass */
  const char *file;   /* "-" or NULL: standard output */
  const char *socket; /* unix socket to connect to; wins over `file` */
  const char *folder; /* removed, with the sockets in it, when the other end of `socket` goes away; may be NULL */
  unsigned wait_states[MAX_LEVELS];
  unsigned wait_state_count; /* 0 or 1: the same for all levels */
};

/** Opens the stream and starts its reader. Returns false after saying why on standard error. */
bool events_open(const struct events_options *options);

/** Best estimate of the cycles of a total, wait states of the level in force included. */
int64_t events_cycles(const struct cost *total);

/** One line; `snapshot` is not changed. */
void events_emit(const char *event, unsigned value, const struct snapshot *snapshot);

/* Whether the core was reset, and by whom; the process's first start is none of them. */
enum reset { RESET_NONE, RESET_BY_PROGRAM, RESET_BY_HARNESS, RESET_FIRST_START };

/** Counts the program's clock from 0 at level 0 again, and tells of it: the core was reset. `settled` as for `events_ring`. */
void events_restart(enum reset reset, const struct snapshot *snapshot, struct cost *settled);

/** The clock alone, for what is asked of it before the core runs again. */
void events_clock_restart(const struct snapshot *snapshot);

/**
 * Handles a store to doorbell word `word`. If it changes the number of flash wait states, the fetches counted in
 * `snapshot` are turned into cycles first: `settled` receives what the caller must add to its total.
 */
void events_ring(unsigned word, const struct snapshot *snapshot, struct cost *settled);

/** Nanoseconds on the program's clock at a count of cycles. */
double events_nanoseconds(const struct snapshot *snapshot);

/** The core clock is another one from this count on; which level that is, if any, is told by `events_ring`. */
void events_clock(double hertz, const struct snapshot *snapshot);

/** The core slept, timed by itself. Virtual: nobody waits. */
void events_elapse(uint32_t microseconds, const struct snapshot *snapshot);

/** The doorbell word that announces the first level with this clock, and this mode where levels have one; or -1. */
int events_level_word(double hertz, uint32_t mode);

/** Whether the board is strapped for the energy regime. */
bool events_strap(void);

/** Whether a clock too fast for the core voltage is let pass: the harness makes the errors. */
bool events_undervolt(void);

/** The machine resets its core, which stands still meanwhile: whoever asked for it. */
void events_announce_reset(void);

/** Whether a reset was announced since the last call. */
enum reset events_take_reset(void);

/** Reports an instruction that the modelled core does not have and ends the process with status 70. */
_Noreturn void events_fault(uint32_t pc, const struct snapshot *snapshot);

#endif
