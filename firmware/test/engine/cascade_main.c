/**
 * Whole strategies on the host, for tests: reads cases from stdin, writes results to stdout, until end of input.
 *
 * Case (little-endian): u32 blob bytes, u32 strategy, u32 parameter (all ones: none), u32 windows, u32 bytes of a window; the blob;
 * for every window u32 (1: reset before it, 2: it continues the one before) and the window.
 * Result: i32 status of opening (-100: no such strategy, -101: parameter refused); if that is 0, for every window u32
 * label, big (bit 8) and whether there is a score (bit 9), u32 mask of the networks, and u32 score. Windows are allocated to size, so that a sanitizer sees every stray access.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "cascade.h"
#include "port.h"

const struct port_facts port_facts = {.board = "host"};

void port_marker(enum marker state) {
  static enum marker now = MARKER_IDLE;
  if (now == MARKER_BIG && state == MARKER_GATE) abort(); /* Big is the end of a window */
  now = state;
}

void port_cycles_start(void) {}
uint32_t port_cycles_read(void) { return 0; }
void port_cycles_stop(void) {}
uint32_t port_micros(void) { return 0; }

/* No strategy here has levels: the stages' code is linked, and never sets one. */
bool port_level_set(uint32_t index, const uint32_t *words, uint32_t count) {
  (void)index, (void)words, (void)count;
  abort();
}
void port_level_read(struct port_level *level) {
  (void)level;
  abort();
}

enum { NO_STRATEGY = -100, NO_PARAMETER = -101 };

struct head {
  uint32_t blob_bytes, strategy, parameter, windows, window_bytes;
};

static int read_all(void *to, size_t bytes) { return bytes == 0 || fread(to, bytes, 1, stdin) == 1; }

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes == 0 ? 1 : bytes);
  if (memory == 0) exit(2);
  return memory;
}

static void write_word(uint32_t word) { fwrite(&word, sizeof word, 1, stdout); }

static int prepare(const lf_blob *blob, const struct head *head) {
  if (blob->window->bytes != head->window_bytes) return LF_BLOB_DAMAGED;
  if (!cascade_open(blob)) return LF_BLOB_FORMAT;
  if (!cascade_select(head->strategy)) return NO_STRATEGY;
  return head->parameter == UINT32_MAX || cascade_parameter(head->parameter) ? LF_OK : NO_PARAMETER;
}

/** One window; the one before stays in memory, as the cascade wants. */
static void step(uint8_t **previous, uint32_t bytes, int run) {
  uint32_t how;
  uint8_t *window = allocate(bytes);
  if (!read_all(&how, sizeof how) || !read_all(window, bytes)) exit(3);
  if (run) {
    struct step_result result;
    if ((how & 1u) != 0) cascade_reset();
    if ((how & 2u) != 0) cascade_continue();
    cascade_step(window, &result);
    write_word(result.label | (result.big ? 256u : 0) | (result.scored ? 512u : 0));
    write_word(result.nets);
    if (result.scored) write_word(result.score);
  }
  free(*previous);
  *previous = window;
}

int main(void) {
  struct head head;
  while (read_all(&head, sizeof head)) {
    uint8_t *bytes = allocate(head.blob_bytes);
    if (!read_all(bytes, head.blob_bytes)) return 3;
    lf_blob blob;
    int status = lf_blob_open(bytes, head.blob_bytes, &blob);
    if (status == LF_OK) status = prepare(&blob, &head);
    write_word((uint32_t)status);
    uint8_t *previous = 0;
    for (uint32_t i = 0; i < head.windows; i++) step(&previous, head.window_bytes, status == LF_OK);
    free(previous);
    free(bytes);
  }
  return 0;
}
