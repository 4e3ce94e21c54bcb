#include "kernels_columns.h"
#include "kernels_m4_run.h"
#include "kernels_plain.h"

static int window_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_m4_window_accepts); }
static void window_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_m4_window_run);
}

static int quads_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_m4_depthwise_accepts); }
static void quads_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_m4_depthwise_run);
}

static int narrow_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_m4_narrow_accepts); }
static void narrow_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_m4_narrow_run);
}

static int depthwise_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_depthwise_accepts); }
static void depthwise_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_depthwise_run);
}

const lf_kernel lf_kernel_table[] = {
    {0, lf_ref_accepts, lf_ref_run},
    {48, lf_m4_conv3_accepts, lf_m4_conv3_run},
    {49, lf_m4_window_accepts, lf_m4_window_run},
    {50, lf_dense_accepts, lf_dense_run},
    {51, lf_depthwise_accepts, lf_depthwise_run},
    {52, lf_m4_depthwise_accepts, lf_m4_depthwise_run},
    {53, lf_m4_narrow_accepts, lf_m4_narrow_run},
    {54, lf_m4_dense_accepts, lf_m4_dense_run},
    {55, window_2d_accepts, window_2d_run},
    {56, quads_2d_accepts, quads_2d_run},
    {57, narrow_2d_accepts, narrow_2d_run},
    {58, depthwise_2d_accepts, depthwise_2d_run},
    {59, lf_m4_nine_accepts, lf_m4_nine_run},
};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
