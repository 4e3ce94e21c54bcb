#include "kernels_m3.h"
#include "kernels_packed_run.h"
#include "kernels_plain.h"

const lf_kernel lf_kernel_table[] = {
    {0, lf_ref_accepts, lf_ref_run},
    {32, lf_packed_conv_accepts, lf_packed_conv_run},
    {33, lf_packed_conv_wide_accepts, lf_packed_conv_wide_run},
    {34, lf_dense_accepts, lf_dense_run},
    {35, lf_depthwise_accepts, lf_depthwise_run},
    {36, lf_m3_taps_accepts, lf_m3_taps_run},
    {37, lf_direct_accepts, lf_direct_run},
    {38, lf_packed_conv_small_accepts, lf_packed_conv_small_run},
};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
