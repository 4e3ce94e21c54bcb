/** Kernels in C that read the plain tables; ids: harness/model/pack/layouts/plain.ts. */
#ifndef LF_KERNELS_PLAIN_H
#define LF_KERNELS_PLAIN_H

#include "kernels.h"

int lf_dense_accepts(const lf_step *step, const uint8_t *data);
void lf_dense_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** One-dimensional, any filter, stride and depth multiplier, pairs of positions pooled or not. */
int lf_depthwise_accepts(const lf_step *step, const uint8_t *data);
void lf_depthwise_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** One-dimensional convolution, any filter and stride, pairs of positions pooled or not; Cortex-M0+ and M3. */
int lf_direct_accepts(const lf_step *step, const uint8_t *data);
void lf_direct_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Depthwise convolution, 3 x 3, any stride, one output a channel; Cortex-M0+ and M3. */
int lf_nine_accepts(const lf_step *step, const uint8_t *data);
void lf_nine_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

#endif
