/** Cortex-M3's own kernel as its table names it; ids in harness/model/pack/layouts/packed.ts. */
#ifndef LF_KERNELS_M3_H
#define LF_KERNELS_M3_H

#include "kernels.h"

/** Filter of 3 at stride 1, ReLU and pooled pairs, at most 8 input channels whose sums fit two parts. */
int lf_m3_taps_accepts(const lf_step *step, const uint8_t *data);
void lf_m3_taps_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

#endif
