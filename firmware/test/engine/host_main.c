/**
 * The engine on the host, for tests: reads cases from stdin, writes results to stdout, until end of input.
 *
 * Case (little-endian): u32 blob bytes, u32 network, u32 windows, u32 bytes of a window; the blob; the windows.
 * Result: i32 status of opening; if that is 0, for every window i32 status, u32 number of scores and these, int8. The window before the
 * first one is the first one itself. All memory is allocated to size, so that a sanitizer sees every stray access.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "nn.h"

static int read_all(void *to, size_t bytes) { return bytes == 0 || fread(to, bytes, 1, stdin) == 1; }

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes == 0 ? 1 : bytes);
  if (memory == 0) exit(2);
  return memory;
}

static void write_status(int status) {
  int32_t word = status;
  fwrite(&word, sizeof word, 1, stdout);
}

static void run_windows(const lf_blob *blob, uint32_t network, uint32_t count, uint32_t bytes, const uint8_t *windows) {
  lf_net net;
  int opened = lf_net_open(blob, network, &net);
  uint8_t *arena = allocate(blob->header->max_arena_bytes);
  memset(arena, 0x55, blob->header->max_arena_bytes);
  for (uint32_t i = 0; i < count; i++) {
    const int8_t *scores = 0;
    uint8_t *current = allocate(bytes), *previous = allocate(bytes);
    memcpy(current, windows + (size_t)i * bytes, bytes);
    memcpy(previous, windows + (size_t)(i == 0 ? 0 : i - 1) * bytes, bytes);
    write_status(opened == LF_OK ? lf_net_run(&net, current, previous, arena, &scores) : opened);
    write_status(scores == 0 ? 0 : net.header->output_count);
    if (scores != 0) fwrite(scores, net.header->output_count, 1, stdout);
    free(current);
    free(previous);
  }
  free(arena);
}

int main(void) {
  uint32_t head[4];
  while (read_all(head, sizeof head)) {
    uint8_t *bytes = allocate(head[0]);
    uint8_t *windows = allocate((size_t)head[2] * head[3]);
    if (!read_all(bytes, head[0]) || !read_all(windows, (size_t)head[2] * head[3])) return 3;
    lf_blob blob;
    int status = lf_blob_open(bytes, head[0], &blob);
    if (status == LF_OK && blob.window->bytes != head[3]) status = LF_BLOB_DAMAGED;
    write_status(status);
    if (status == LF_OK) run_windows(&blob, head[1], head[2], head[3], windows);
    free(windows);
    free(bytes);
  }
  return 0;
}
