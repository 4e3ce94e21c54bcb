/**
 * The receiver of frames alone: the first bytes say how large windows and ring are, then come sound frames, bytes as they are, and windows
 * taken out. A sound frame that is accepted must be in its slot as it was sent.
 */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "script.h"
#include "wire.h"

enum { MOST_WINDOW_BYTES = 600, MOST_SLOTS = 9, SLOT_EXTRA = 9 };
enum { FIRST_FRAME = 0xa0, FIRST_TAKE = 0xe0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t slots, oldest, window_bytes;

static void fail(const char *why) {
  fprintf(stderr, "%s: accepted %u, released %u\n", why, frames.accepted, frames.released);
  abort();
}

static void take(void) {
  if (frames.accepted == frames.released) return;
  const uint8_t *window = frames_window(oldest);
  (void)frames_halved(oldest);
  volatile uint8_t sum = 0;
  for (uint32_t i = 0; i < window_bytes; i++) sum = (uint8_t)(sum + window[i]);
  oldest = oldest + 1u == slots ? 0 : oldest + 1u;
  frames.released = frames.released + 1u;
}

static void send_frame(struct script *script, uint32_t capacity) {
  uint8_t payload[MOST_WINDOW_BYTES], line[WIRE_MOST_BYTES(MOST_WINDOW_BYTES)];
  uint16_t sequence = (uint16_t)(frames_expected() + script_byte(script) % 4u);
  script_fill(script, payload, window_bytes);
  size_t count = wire_frame(sequence, payload, window_bytes, line);
  uint32_t before = frames.accepted, waiting = before - frames.released;
  uint32_t position = (oldest + waiting) % slots;
  for (size_t i = 0; i < count; i++) frames_receive(line[i]);
  if (frames.accepted == before) return;
  if (waiting >= capacity) fail("accepted beyond the credits");
  if (memcmp(frames_slot(position), payload, window_bytes) != 0) fail("not what was sent");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct script script = {data, size};
  board_power_on();
  window_bytes = 1u + script_word(&script) % MOST_WINDOW_BYTES;
  slots = 2u + script_byte(&script) % (MOST_SLOTS - 2u);
  uint32_t stride = (window_bytes + SLOT_EXTRA) & ~3u, capacity = slots - 1u;
  uint8_t *ring = malloc(slots * stride);
  if (ring == 0) abort();
  memset(ring, 0, slots * stride);
  if (frames_layout(ring, slots * stride, window_bytes) < slots) fail("fewer slots than fit");
  frames_start(0, slots, capacity, (script_byte(&script) & 1) != 0);
  frames_tail(script_word(&script) % window_bytes);
  oldest = 0;
  while (script.left > 0) {
    uint8_t what = script_byte(&script);
    if (what >= FIRST_TAKE) {
      take();
    } else if (what >= FIRST_FRAME) {
      frames_receive(0);
      send_frame(&script, capacity);
    } else {
      for (; what > 0 && script.left > 0; what--) frames_receive(script_byte(&script));
    }
    if (frames.accepted - frames.released > capacity) fail("more than the credits");
  }
  free(ring);
  return 0;
}
