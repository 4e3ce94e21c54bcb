/** Two-dimensional convolutions by kernels for one dimension; layouts: harness/model/pack/layouts/columns.ts. */
#ifndef LF_KERNELS_COLUMNS_H
#define LF_KERNELS_COLUMNS_H

#include "kernels.h"

typedef int lf_accepts(const lf_step *step, const uint8_t *data);
typedef void lf_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Whether `inner` accepts the rows of a two-dimensional convolution or depthwise convolution without a fused pool. */
int lf_columns_accepts(const lf_step *step, const uint8_t *data, lf_accepts *inner);

/** The whole step: the rows under each row of outputs, column by column, to `inner`. */
void lf_columns_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch, lf_run *inner);

#endif
