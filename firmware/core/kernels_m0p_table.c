#include "kernels_packed_run.h"

const lf_kernel lf_kernel_table[] = {
    {0, lf_ref_accepts, lf_ref_run},
    {16, lf_packed_conv_wide_accepts, lf_packed_conv_wide_run},
};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
