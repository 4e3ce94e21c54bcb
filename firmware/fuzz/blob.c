/** A blob of any bytes: refused, or everything in it can be run. The last byte says whether length and CRC are put right before. */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

#include "blobs.h"
#include "board.h"
#include "cascade.h"
#include "nn.h"
#include "steps.h"

enum { MOST_WINDOW_BYTES = 1 << 16 };
/* A plan may ask for more arithmetic than a fuzzer has time for: such are checked, not run. */
static const uint64_t most_operations = 300000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t times(uint64_t a, uint32_t b) { return a > most_operations ? a : a * (b == 0 ? 1u : b); }

static uint64_t area(uint32_t h, uint32_t w) { return (uint64_t)(h == 0 ? 1u : h) * (w == 0 ? 1u : w); }

static uint64_t operations(const lf_step *step) {
  uint64_t places = area(step->conv_h, step->conv_w), outputs = area(step->out_h, step->out_w);
  uint64_t inputs = area(step->in_h, step->in_w);
  places = places > outputs ? places : outputs;
  uint64_t count = times(times(places > inputs ? places : inputs, step->out_c), step->in_c);
  count = times(times(count, step->kernel_h), step->kernel_w);
  return times(times(count, step->pool_h), step->pool_w);
}

static bool is_quick(const lf_blob *blob) {
  uint64_t all = 0;
  for (uint32_t n = 0; n < blob->network_count; n++) {
    lf_net net;
    if (lf_net_open(blob, n, &net) != LF_OK) abort();
    for (uint32_t i = 0; i < net.header->input_count; i++)
      all += (uint64_t)net.window->samples * net.inputs[i].channel_count * net.inputs[i].window_count;
    for (uint32_t i = 0; i < net.header->step_count && all <= most_operations; i++) all += operations(net.steps + i);
  }
  return all <= most_operations && blob->window->bytes <= MOST_WINDOW_BYTES;
}

static void run_networks(const lf_blob *blob, struct script *script) {
  for (uint32_t n = 0; n < blob->network_count; n++) {
    lf_net net;
    if (lf_net_open(blob, n, &net) != LF_OK) abort();
    uint32_t bytes = net.window->bytes;
    uint8_t *current = malloc(bytes), *previous = malloc(bytes), *arena = malloc(blob->header->max_arena_bytes + 1u);
    if (current == 0 || previous == 0 || arena == 0) abort();
    const int8_t *scores;
    script_fill(script, current, bytes);
    script_fill(script, previous, bytes);
    memset(arena, 0x55, blob->header->max_arena_bytes);
    if (lf_net_run(&net, current, previous, arena, &scores) != LF_OK) abort();
    if (lf_argmax(scores, net.header->output_count) >= net.header->output_count) abort();
    free(current);
    free(previous);
    free(arena);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return -1;
  size_t bytes = size - 1;
  uint8_t *blob = blob_copy(data, bytes);
  if ((data[bytes] & 1) == 0) blob_seal(blob, bytes);
  lf_blob opened;
  if (lf_blob_open(blob, (uint32_t)bytes, &opened) == LF_OK && is_quick(&opened)) {
    struct script script = {blob, bytes};
    run_networks(&opened, &script);
    board_power_on();
    if (cascade_open(&opened))
      for (uint32_t i = 0; cascade_select(i); i++) {
        struct script windows = {blob + bytes - (bytes < 64 ? bytes : 64), bytes < 64 ? bytes : 64};
        steps_run(&opened, &windows);
      }
  }
  free(blob);
  return 0;
}
