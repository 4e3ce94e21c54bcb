/**
 * Filtered strategies and drift gates with any parameters that a blob may hold: the first byte chooses which, the next ones change
 * the record (as exclusive or: zeros leave it sound), the rest says what happens.
 */
#include "filtered.h"

#include <stdlib.h>

#include "blob.h"
#include "blobs.h"
#include "board.h"
#include "cascade.h"
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct script script = {data, size};
  size_t bytes = (size_t)(filtered_blob_end - filtered_blob);
  uint8_t *blob = blob_copy(filtered_blob, bytes);
  lf_blob opened;
  if (lf_blob_open(blob, (uint32_t)bytes, &opened) != LF_OK) abort();
  uint32_t which = script_byte(&script) & 1u;
  const lf_section *section = opened.strategies + which;
  uint8_t *record = blob + section->offset;
  /* kind and name of the record stay: it is this kind that is tried */
  for (size_t i = offsetof(lf_hold, big); i < section->length; i++) record[i] ^= script_byte(&script);
  blob_seal(blob, bytes);
  board_power_on();
  if (lf_blob_open(blob, (uint32_t)bytes, &opened) == LF_OK && cascade_open(&opened) && cascade_select(which))
    steps_run(&opened, &script);
  free(blob);
  return 0;
}
