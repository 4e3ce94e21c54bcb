/** Fully connected layer and depthwise convolution, in C for all cores; ids and tables: harness/model/layout-plain.ts. */
#ifndef LF_KERNELS_PLAIN_H
#define LF_KERNELS_PLAIN_H

#include "kernels.h"

int lf_dense_accepts(const lf_step *step, const uint8_t *data);
void lf_dense_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** One-dimensional, any filter, stride and depth multiplier, pairs of positions pooled or not. */
int lf_depthwise_accepts(const lf_step *step, const uint8_t *data);
void lf_depthwise_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

#endif
