/** MLPerf Tiny's commands. The first byte chooses whether there is a blob, and the energy regime; the rest is what the host sends. */
#include "blobs.h"
#include "board.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return -1;
  board_flash(hold_blob, (data[0] & 1) != 0 ? 0 : (size_t)(hold_blob_end - hold_blob));
  board_talk(data + 1, size - 1, (data[0] & 2) != 0);
  return 0;
}
