/** All strategies of sound blobs: the first byte chooses the blob, the rest says what happens. */
#include "cascade.h"

#include <stdlib.h>

#include "blob.h"
#include "blobs.h"
#include "board.h"
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct script script = {data, size};
  bool filtered = (script_byte(&script) & 1) != 0;
  const uint8_t *blob = filtered ? filtered_blob : hold_blob;
  lf_blob opened;
  board_power_on();
  if (lf_blob_open(blob, (uint32_t)(filtered ? filtered_blob_end - blob : hold_blob_end - blob), &opened) != LF_OK) abort();
  if (!cascade_open(&opened)) abort();
  steps_run(&opened, &script);
  return 0;
}
