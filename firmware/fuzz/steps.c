#include "steps.h"

#include <stdio.h>
#include <stdlib.h>

#include "cascade.h"
#include "port.h"

enum { MOST_STEPS = 64 };

static void check(const lf_blob *blob, const struct step_result *result) {
  /* one more than there are: unknown */
  if (result->label > blob->label_count || (blob->network_count < 32 && result->nets >> blob->network_count != 0)) {
    fprintf(stderr, "label %u, networks %x\n", result->label, result->nets);
    abort();
  }
}

void steps_run(const lf_blob *blob, struct script *script) {
  uint32_t bytes = blob->window->bytes;
  uint8_t *windows[2] = {malloc(bytes), malloc(bytes)}, *kept = malloc(bytes);
  if (windows[0] == 0 || windows[1] == 0 || kept == 0) abort();
  for (uint32_t i = 0; i < MOST_STEPS && script->left > 0; i++) {
    struct step_result result;
    uint8_t what = script_byte(script);
    switch (what % 8) {
      case 0:
        (void)cascade_select(script_byte(script));
        break;
      case 1:
        (void)cascade_parameter(script_word(script));
        break;
      case 2:
        cascade_reset();
        break;
      case 3:
        cascade_retain(kept);
        break;
      default:
        if ((what & 8) != 0) cascade_continue();
        script_fill(script, windows[i % 2], bytes);
        cascade_step(windows[i % 2], &result);
        check(blob, &result);
        /* the next window may lie over this one: the one before it is kept, as the stream does */
        cascade_retain(kept);
    }
  }
  cascade_reset();
  free(windows[0]);
  free(windows[1]);
  free(kept);
}
