/**
 * The whole firmware at the end of a line: commands, streams, frames. The first byte chooses the blob; then come pieces: a length below 0xc0
 * and so many bytes as they are, or a sound frame: sequence number, kind, and what its window repeats.
 */
#include <string.h>

#include "blobs.h"
#include "board.h"
#include "crc.h"
#include "script.h"
#include "wire.h"

enum { FIRST_FRAME = 0xc0, MOST_LINE_BYTES = 1 << 14, MOST_WINDOW_BYTES = 256 };
enum { WHOLE, TAIL, FLUSH, ANY_LENGTH, KINDS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t line[MOST_LINE_BYTES];

static size_t payload_bytes(uint32_t kind, uint32_t window_bytes, struct script *script) {
  switch (kind) {
    case WHOLE:
      return window_bytes;
    case TAIL:
      return window_bytes / 2;
    case FLUSH:
      return 0;
    default:
      return script_byte(script);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct script script = {data, size};
  uint8_t payload[MOST_WINDOW_BYTES];
  uint8_t which = script_byte(&script);
  const uint8_t *blob = (which & 1) != 0 ? filtered_blob : hold_blob;
  size_t blob_bytes = (size_t)((which & 1) != 0 ? filtered_blob_end - blob : hold_blob_end - blob);
  uint32_t window_bytes = wire_window_bytes(blob);
  if (window_bytes > sizeof payload) return -1;
  size_t count = 0;
  while (script.left > 0) {
    uint8_t first = script_byte(&script);
    if (first < FIRST_FRAME) {
      for (; first > 0 && script.left > 0 && count < sizeof line; first--) line[count++] = script_byte(&script);
      continue;
    }
    uint16_t sequence = script_byte(&script);
    size_t bytes = payload_bytes(first % KINDS, window_bytes, &script);
    script_fill(&script, payload, bytes);
    if (count + WIRE_MOST_BYTES(bytes) > sizeof line) break;
    count += wire_frame(sequence, payload, bytes, line + count);
  }
  board_flash(blob, blob_bytes);
  board_talk(line, count, (which & 2) != 0);
  return 0;
}
