#include "kernels_m4_run.h"
#include "kernels_plain.h"

const lf_kernel lf_kernel_table[] = {
    {0, lf_ref_accepts, lf_ref_run},
    {48, lf_m4_conv3_accepts, lf_m4_conv3_run},
    {49, lf_m4_window_accepts, lf_m4_window_run},
    {50, lf_dense_accepts, lf_dense_run},
    {51, lf_depthwise_accepts, lf_depthwise_run},
    {52, lf_m4_depthwise_accepts, lf_m4_depthwise_run},
    {53, lf_m4_narrow_accepts, lf_m4_narrow_run},
    {54, lf_m4_dense_accepts, lf_m4_dense_run},
};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
