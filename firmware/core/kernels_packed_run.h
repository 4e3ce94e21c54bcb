/** Kernels of two positions a word as the kernel tables name them; ids in harness/model/pack/layouts/packed.ts. */
#ifndef LF_KERNELS_PACKED_RUN_H
#define LF_KERNELS_PACKED_RUN_H

#include "kernels.h"

/** One-dimensional convolution, any filter and stride; weights int8. */
int lf_packed_conv_accepts(const lf_step *step, const uint8_t *data);
void lf_packed_conv_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** The same with small constants. */
int lf_packed_conv_small_accepts(const lf_step *step, const uint8_t *data);
void lf_packed_conv_small_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out,
                              uint8_t *scratch);

/** The same with int16 weights. */
int lf_packed_conv_wide_accepts(const lf_step *step, const uint8_t *data);
void lf_packed_conv_wide_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out,
                             uint8_t *scratch);

#endif
