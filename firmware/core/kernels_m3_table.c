#include "kernels_columns.h"
#include "kernels_m3.h"
#include "kernels_packed_run.h"
#include "kernels_plain.h"

static int packed_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_packed_conv_accepts); }
static void packed_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_packed_conv_run);
}

static int stacked_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_m3_stacked_accepts); }
static void stacked_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_m3_stacked_conv_run);
}

static int depthwise_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_depthwise_accepts); }
static void depthwise_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_depthwise_run);
}

static int direct_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_direct_accepts); }
static void direct_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_direct_run);
}

static int wide_2d_accepts(const lf_step *s, const uint8_t *data) { return lf_columns_accepts(s, data, lf_packed_conv_wide_accepts); }
static void wide_2d_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  lf_columns_run(s, data, in, out, scratch, lf_packed_conv_wide_run);
}

const lf_kernel lf_kernel_table[] = {
    {0, lf_ref_accepts, lf_ref_run},
    {32, lf_packed_conv_accepts, lf_packed_conv_run},
    {33, lf_packed_conv_wide_accepts, lf_packed_conv_wide_run},
    {34, lf_dense_accepts, lf_dense_run},
    {35, lf_depthwise_accepts, lf_depthwise_run},
    {36, lf_m3_taps_accepts, lf_m3_taps_run},
    {37, lf_direct_accepts, lf_direct_run},
    {38, lf_m3_stacked_small_accepts, lf_m3_stacked_conv_small_run},
    {39, packed_2d_accepts, packed_2d_run},
    {40, depthwise_2d_accepts, depthwise_2d_run},
    {41, direct_2d_accepts, direct_2d_run},
    {42, wide_2d_accepts, wide_2d_run},
    {43, lf_nine_accepts, lf_nine_run},
    {44, lf_m3_stacked_accepts, lf_m3_stacked_conv_run},
    {45, stacked_2d_accepts, stacked_2d_run},
};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
