#include "kernels.h"

const lf_kernel lf_kernel_table[] = {{0, lf_ref_accepts, lf_ref_run}};
const uint32_t lf_kernel_count = sizeof lf_kernel_table / sizeof lf_kernel_table[0];
