#include "kernels_packed_run.h"
#include "kernels_plain.h"

const lf_kernel lf_kernel_table[] = {
    {0, lf_ref_accepts, lf_ref_run},
    {16, lf_packed_conv_wide_accepts, lf_packed_conv_wide_run},
    {17, lf_direct_accepts, lf_direct_run},
    {18, lf_dense_accepts, lf_dense_run},
    {19, lf_depthwise_accepts, lf_depthwise_run},
};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
