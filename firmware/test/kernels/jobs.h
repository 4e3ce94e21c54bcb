/** What the host puts into memory for the kernel test image, and what the image says about it. */
#ifndef LF_TEST_JOBS_H
#define LF_TEST_JOBS_H

#include "kernels.h"

#define JOBS_MAGIC 0x534A464Cu
#define JOBS_ADDRESS 0x21000000u

typedef struct {
  uint32_t magic, count;
} jobs_header;

/**
 * One run of a kernel; offsets from the start of the job. The step's `kernel`, geometry, `data_words` and
 * `scratch_words` are used, its offsets are not.
 */
typedef struct {
  uint32_t bytes; /* to the next job */
  uint32_t data, in, in_bytes, expected, out_bytes;
  lf_step step;
} job;

#endif
