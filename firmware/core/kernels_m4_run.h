/** Cortex-M4 kernels as the kernel table names them; ids in harness/model/pack/layouts/m4.ts. */
#ifndef LF_KERNELS_M4_RUN_H
#define LF_KERNELS_M4_RUN_H

#include "kernels.h"

/** Convolution, filter 3, stride 1, up to 32 input channels. */
int lf_m4_conv3_accepts(const lf_step *step, const uint8_t *data);
void lf_m4_conv3_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Convolution, any filter and stride. */
int lf_m4_window_accepts(const lf_step *step, const uint8_t *data);
void lf_m4_window_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** The same with weights of half the size. */
int lf_m4_narrow_accepts(const lf_step *step, const uint8_t *data);
void lf_m4_narrow_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Fully connected layer, two outputs at a time. */
int lf_m4_dense_accepts(const lf_step *step, const uint8_t *data);
void lf_m4_dense_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Depthwise convolution of four channels or more, one output a channel. */
int lf_m4_depthwise_accepts(const lf_step *step, const uint8_t *data);
void lf_m4_depthwise_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** Depthwise convolution, 3 x 3 at stride 1, any multiple of four channels. */
int lf_m4_nine_accepts(const lf_step *step, const uint8_t *data);
void lf_m4_nine_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

#endif
