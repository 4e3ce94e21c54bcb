/** Kernels of two positions a word as the kernel tables name them; ids in harness/model/pack/layouts/packed.ts. */
#ifndef LF_KERNELS_PACKED_RUN_H
#define LF_KERNELS_PACKED_RUN_H

#include "kernels.h"

/** One-dimensional convolution, any filter and stride; weights int8. */
int lf_packed_conv_accepts(const lf_step *step, const uint8_t *data);
void lf_packed_conv_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** The same for at most STACKED_FLUSHES flushes, Cortex-M3 only; with small constants. */
int lf_m3_stacked_accepts(const lf_step *step, const uint8_t *data);
void lf_m3_stacked_conv_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);
int lf_m3_stacked_small_accepts(const lf_step *step, const uint8_t *data);
void lf_m3_stacked_conv_small_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Any number of flushes, weights int16. */
int lf_packed_conv_wide_accepts(const lf_step *step, const uint8_t *data);
void lf_packed_conv_wide_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out,
                             uint8_t *scratch);

#endif
